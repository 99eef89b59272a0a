import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { profileNamed } from '../../../src/scoring/profiles/profile-named.ts';

/** Units of made-up texts as the projects' own functions cut them; see fixtures/README.md. */
type Golden = Readonly<Record<string, string | readonly string[]>>;
const lines = readFileSync('fixtures/scoring/profiles.jsonl', 'utf8').trim().split('\n');
const golden = lines.map((line) => JSON.parse(line) as Golden);
const names = Object.keys(golden[0]!).filter((name) => name !== 'text');

/** openai-whisper's rules know words only; our units are Han characters besides. */
const apart = (words: readonly string[]): string[] =>
  words.flatMap((word) => word.split(/(\p{Script=Han})/u)).filter(Boolean);

/** ESPnet's function does not part a first Mandarin character from what follows; ours does, and says so. */
const isItsSlip = (name: string, text: string): boolean =>
  name === 'seame-espnet' && /^[^\x00-\x7f]/.test(text.replace(/^[「（]ppx）|^「/u, '')); // eslint-disable-line no-control-regex -- ASCII

describe('profiles that follow published rules', () => {
  for (const name of names) {
    it(`${name} cuts as the original does`, async () => {
      const profile = await profileNamed(name);
      let compared = 0;
      for (const line of golden) {
        const text = line['text'] as string;
        const wanted = apart(line[name] as readonly string[]);
        const units = profile.units(text).map((unit) => unit.text);
        if (isItsSlip(name, text)) assert.equal(units.join(''), wanted.join(''));
        else assert.deepEqual(units, name.startsWith('whisper') ? wanted : (line[name] as readonly string[]), text);
        assert.equal(profile.normalise(text), units.join(' '));
        compared += units.length;
      }
      assert.ok(compared > 400, `${compared} units`);
    });
  }

  it('splits, deletes or keeps the apostrophe, each as its original', async () => {
    const cut = async (name: string) => (await profileNamed(name)).normalise("I don't");
    assert.equal(await cut('canonical'), "i don't");
    assert.equal(await cut('whisper-basic'), 'i don t');
    assert.equal(await cut('whisper-english'), 'i do not');
    assert.equal(await cut('ascend-official'), "i don ' t");
    assert.equal(await cut('ntu-whisper'), 'i dont');
  });
});
