import assert from 'node:assert/strict';
import { from, lastValueFrom } from 'rxjs';
import { encode } from '../../src/operators/encode.ts';
import { forceReference } from '../../src/operators/force-reference.ts';
import { logMel } from '../../src/operators/log-mel.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import { resample } from '../../src/operators/resample.ts';
import type { Encoding, Hypothesis, LanguagePosterior } from '../../src/records.ts';

const reference = 'Yesterday was 星期一, today is Tuesday, 明天是星期三。';

describe('force-reference', function () {
  this.timeout(300_000);
  let encoding: Encoding;
  before(async () => {
    const given = await lastValueFrom(
      readManifest({ paths: ['fixtures/audio/cs_yesterday_zh_en.wav'] }).pipe(
        readAudio(),
        resample(),
        logMel(),
        encode({ window: 'fit', offline: true }),
      ),
    );
    encoding = { ...given, origin: { ...given.origin, reference } };
  });

  const posterior = (language: string): LanguagePosterior => ({
    kind: 'language-posterior',
    id: encoding.id,
    origin: encoding.origin,
    languages: [language],
    probabilities: [1],
  });
  const forced = (told: 'nothing' | 'languages', language = 'zh'): Promise<Hypothesis> =>
    lastValueFrom(from([{ encoding, language: posterior(language) }]).pipe(forceReference({ told, offline: true })));

  it('writes a token for each of the reference, nearly all of them right for clear speech', async () => {
    const { segments, text } = await forced('nothing');
    const right = [...reference].filter((character) => text.includes(character)).length;
    assert.ok(right / [...reference].length > 0.8, text);
    assert.equal(segments.length, 1);
    assert.ok(segments[0]!.tokenScores.every(({ external }) => external === null));
    assert.deepEqual(
      segments[0]!.tokens,
      segments[0]!.tokenScores.map(({ token }) => token),
    );
  });

  it('always writes the language that was spoken where it is told, whatever the tag (I17)', async () => {
    const classes = ({ segments }: Hypothesis) => segments[0]!.tokenScores.map(({ language }) => language);
    const [zh, en] = [await forced('languages', 'zh'), await forced('languages', 'en')];
    assert.deepEqual(classes(zh), classes(en));
    for (const { external, language } of zh.segments[0]!.tokenScores) {
      assert.equal(external?.[['zh', 'en', 'other'].indexOf(language)], 1);
    }
    assert.ok(new Set(classes(zh)).size === 3);
  });

  it('makes an error of an utterance without a reference, or with an empty one', async () => {
    for (const nothing of [null, ' ']) {
      const without = { ...encoding, origin: { ...encoding.origin, reference: nothing } };
      const run = from([{ encoding: without, language: posterior('zh') }]).pipe(forceReference({ offline: true }));
      await assert.rejects(lastValueFrom(run), { code: 'no-reference' });
    }
  });
});
