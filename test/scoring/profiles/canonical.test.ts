import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { UsageError } from '../../../src/errors.ts';
import { languageSet } from '../../../src/language/language-set.ts';
import { openCC, scriptConverter } from '../../../src/language/script.ts';
import { profileNamed, profileRules } from '../../../src/scoring/profiles/profile-named.ts';
import { fuzzRuns } from '../../support/mutations.ts';
import { shared } from '../../support/shared.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '我',
        '著',
        '后',
        '後',
        'a',
        'B',
        '’',
        "'",
        ' ',
        '1',
        '<',
        '>',
        '[',
        ']',
        '。',
        'é',
        '\u0301',
        'ｋ',
        '\ud800',
        'ŉ',
      ),
      {
        maxLength: 20,
      },
    )
    .map((characters) => characters.join('')),
);

describe('the canonical profile', () => {
  const cases: readonly (readonly [text: string, units: string])[] = [
    ['Yesterday was 星期一, today is TUESDAY!', 'yesterday was 星 期 一 today is tuesday'],
    ["It's 牛肉麵。", "it's 牛 肉 面"],
    ['don’t ＡＢＣ１２３ 用iPhone15', "don't abc123 用 iphone15"],
    ['naïve café 2024年', 'naïve café 2024 年'],
    ['“…” - 、。', ''],
    ["rock 'n' roll", 'rock n roll'],
    ['<noise> 我 <|zh|> 覺得 [laughter] ok 啦 uh', '我 觉 得 ok 啦 uh'],
    ['a < b and c > d', 'a b and c d'],
    ['显著的著名作者 看 著 窗 外', '显 著 的 著 名 作 者 看 着 窗 外'],
    ['他是么', '他 是 么'],
    ['soft\u00adware zero\u200bwidth 葛\u{e0100}', 'software zerowidth 葛'],
  ];
  for (const [text, expected] of cases) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, async () => {
      assert.equal((await profileNamed('canonical')).normalise(text), expected);
    });
  }

  it('tells the language of a unit by its script; digits and other scripts are of none', async () => {
    const { units } = await profileNamed('canonical');
    const found = units('我 3 mp3 café Привет 3月').map(({ text, language }) => `${text}:${language}`);
    assert.deepEqual(found, ['我:zh', '3:other', 'mp3:en', 'café:en', 'привет:other', '3:other', '月:zh']);
  });

  it('follows the declared languages, and parts what they write without spaces', async () => {
    const { units } = await profileNamed('canonical', languageSet(['ru', 'th']));
    const found = units('Привет สวัสดี ok').map(({ text, language }) => `${text}:${language}`);
    assert.deepEqual(found, ['привет:ru', 'ส:th', 'วั:th', 'ส:th', 'ดี:th', 'ok:other']);
  });

  it('gives the same units for characters with and without spaces between', async () => {
    const { units, normalise } = await profileNamed('canonical');
    const han = fc.array(fc.constantFrom(...'著名作者看我显后後乾干麵面么'), { maxLength: 12 });
    fc.assert(fc.property(han, (text) => assert.deepEqual(units(text.join('')), units(text.join(' ')))));
    fc.assert(fc.property(anyText, (text) => assert.deepEqual(units(normalise(text)), units(text))));
  });

  it('cuts joined texts where it cuts each of them, with a word between', async () => {
    const { normalise } = await profileNamed('canonical');
    const plain = anyText.map((text) => text.replace(/[<>[\]＜＞［］﹤﹥]/gu, ''));
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const apart = [normalise(a), 'between', normalise(b)].filter((text) => text !== '').join(' ');
        assert.equal(normalise(`${a} between ${b}`), apart);
      }),
    );
  });
});

describe('every profile', () => {
  /** What changes again when it is normalised twice: number words, expanded contractions, letters that one case lacks. */
  const notIdempotent = new Set(['whisper-english', 'pier', 'seame-prompting-whisper', 'aishell']);

  for (const { name } of profileRules) {
    it(`${name} takes any Unicode, gives no empty unit, and ${notIdempotent.has(name) ? 'does not crash' : 'is idempotent'}`, async () => {
      const { normalise, units } = await profileNamed(name);
      fc.assert(
        fc.property(anyText, (text) => {
          const once = normalise(text);
          assert.ok(units(text).every((unit) => unit.text !== ''));
          if (!notIdempotent.has(name)) assert.equal(normalise(once), once);
        }),
        { numRuns: fuzzRuns },
      );
    });
  }

  it('must have a name that there is: another says what was meant', async () => {
    await assert.rejects(profileNamed('whisper-englsh'), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /did you mean whisper-english\?/);
      return true;
    });
    await assert.rejects(profileNamed('zzzzzzzz'), /there are canonical, /);
  });
});

describe('Chinese script in scores', () => {
  it('leaves simplified text alone, where the tables for Taiwan do not (needs ../shared)', async function () {
    const files = ['aishell1_test_trans.txt', 'covost2_zh.tsv', 'fleurs_zh.tsv', 'paddlespeech_csmsc_test.txt'];
    const paths = files.map((file) => shared(this, `text/${file}`));
    const lines = paths.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
    const [general, taiwan, ours] = [await openCC('t2s'), await openCC('tw2s'), await scriptConverter('simplified')];
    // What the general table leaves as it is has no traditional character.
    const simplified = lines.filter((line) => general(line) === line);
    const changes = (convert: (text: string) => string): string[] =>
      simplified.flatMap((line) => {
        const after = Array.from(convert(line));
        return Array.from(line).flatMap((character, at) => (character === after[at] ? [] : [character + after[at]!]));
      });
    assert.ok(simplified.length > 12_000);
    assert.deepEqual([...new Set(changes(ours))], ['著着'], 'the particle of Taiwan, which is a right change');
    assert.deepEqual([...new Set(changes(taiwan))], ['么幺', '著着'], 'the first is wrong');
  });
});
