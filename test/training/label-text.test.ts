import assert from 'node:assert/strict';
import { RecordError } from '../../src/errors.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { tokenLanguages } from '../../src/language/token-language.ts';
import { randomNumbersFor } from '../../src/random-numbers.ts';
import { labelText, withoutSpacesAtHan, type LabelOptions } from '../../src/training/label-text.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import type { Tokenizer } from '../../src/whisper/tokenizer.ts';

const plain: LabelOptions = { tag: 'majority', anyTag: 0, timestamps: 0 };
const [zh, en, other] = [0, 1, 2];

describe('labelText', () => {
  let tokenizer: Tokenizer;
  let languages: ReturnType<typeof tokenLanguages>;
  before(async () => {
    const model = await openModel('models/whisper-base-int8', 'whisper-base-int8');
    await model.source.close();
    tokenizer = model.tokenizer;
    languages = tokenLanguages(tokenizer, languageSet(['zh', 'en']));
  });

  const label = (text: string, options: Partial<LabelOptions> = {}, id = 'a', seconds = 2) =>
    labelText(tokenizer, languages, text, seconds, 448, { ...plain, ...options }, randomNumbersFor(1, id));
  const special = (tokens: Int32Array, count: number) => [...tokens.subarray(0, count)];

  it('writes the prompt of decoding, the text, the end, and the class of every token', () => {
    const { tokens, promptLength, classes } = label('这个 paper 的 idea 很 simple');
    const start = [tokenizer.startOfTranscript, tokenizer.languages.get('zh'), tokenizer.transcribe];
    assert.deepEqual(special(tokens, promptLength), [...start, tokenizer.noTimestamps]);
    assert.equal(tokens.at(-1), tokenizer.endOfText);
    assert.equal(tokenizer.decode([...tokens]), '这个 paper的 idea很 simple');
    assert.equal(classes.length, tokens.length);
    for (let at = promptLength; at < tokens.length - 1; at++) {
      const text = tokenizer.decode([tokens[at]!]);
      if (/^[\p{sc=Han}]+$/u.test(text)) assert.equal(classes[at], zh);
      if (/^ ?[a-z]+$/.test(text)) assert.equal(classes[at], en);
    }
    assert.deepEqual([classes[0], classes.at(-1)], [other, other]);
  });

  it('gives the bytes of one character its class', () => {
    // 麵 is three tokens of Whisper's, of which the last two only go on with it.
    const { tokens, promptLength, classes } = label('牛肉麵');
    assert.ok(tokens.length - promptLength - 1 > 3);
    assert.deepEqual(new Set(classes.subarray(promptLength, -1)), new Set([zh]));
  });

  it('draws the tag by the share of the tokens, and any tag where it is told to', () => {
    const tagOf = (options: Partial<LabelOptions>, text: string, id: string) => label(text, options, id).tokens[1];
    const ids = Array.from({ length: 400 }, (_, index) => `u${index}`);
    const shareOfEnglish = (options: Partial<LabelOptions>, text: string) =>
      ids.filter((id) => tagOf(options, text, id) === tokenizer.languages.get('en')).length / ids.length;
    // 好 twice, one English token.
    const mixed = '好好 hello';
    const counts = [...label(mixed).classes].filter((each) => each !== other);
    const english = counts.filter((each) => each === en).length / counts.length;
    assert.ok(Math.abs(shareOfEnglish({ tag: 'drawn' }, mixed) - english) < 0.08);
    assert.equal(shareOfEnglish({ tag: 'drawn' }, 'hello there'), 1);
    assert.equal(shareOfEnglish({ tag: 'majority' }, mixed), english > 0.5 ? 1 : 0);
    assert.ok(Math.abs(shareOfEnglish({ tag: 'drawn', anyTag: 0.4 }, '你好') - 0.2) < 0.06);
    const joined = label(mixed, { tag: 'joined' });
    assert.deepEqual([...joined.tokens.subarray(1, 3)], [tokenizer.languages.get('zh'), tokenizer.languages.get('en')]);
    assert.equal(joined.promptLength, 5);
  });

  it('writes beginning and end for the share that is asked for', () => {
    const { tokens, promptLength } = label('hello', { timestamps: 1 }, 'a', 1.23);
    assert.equal(promptLength, 3);
    assert.equal(tokens[3], tokenizer.timestampBegin);
    assert.equal(tokens.at(-2), tokenizer.timestampBegin + 62);
    const timed = Array.from({ length: 300 }, (_, at) => label('hello', { timestamps: 0.3 }, String(at)).promptLength);
    assert.ok(Math.abs(timed.filter((length) => length === 3).length / 300 - 0.3) < 0.08);
  });

  it('refuses what has no text or too much of it', () => {
    const refuses = (text: string, code: string) =>
      assert.throws(
        () => label(text),
        (error) => error instanceof RecordError && error.code === code,
      );
    refuses('  ', 'no-reference');
    refuses('hello '.repeat(450), 'too-many-tokens');
  });
});

describe('withoutSpacesAtHan', () => {
  it('takes the spaces in front of Han characters and their marks, and leaves those in front of words', () => {
    assert.equal(withoutSpacesAtHan(' 我 要 no topping 的 ， ok '), '我要 no topping的， ok');
    assert.equal(withoutSpacesAtHan('Sorry I am late. 找不到'), 'Sorry I am late.找不到');
  });
});
