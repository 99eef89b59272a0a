import assert from 'node:assert/strict';
import fc from 'fast-check';
import { languageSet } from '../../src/language/language-set.ts';
import { languageSpans } from '../../src/language/spans.ts';
import { tokenLanguages } from '../../src/language/token-language.ts';
import type { LanguageSpan, Segment, TokenScore, Word } from '../../src/records.ts';
import { whisperTokenizer } from '../support/whisper-tokenizer.ts';

const tokenizer = whisperTokenizer();
const set = languageSet(['zh', 'en']);
const map = tokenLanguages(tokenizer, set);
const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 200);

type Spoken = Pick<Segment, 'start' | 'end' | 'tokenScores' | 'words'>;

/** A segment as the search leaves it: timestamps around the text, and for every token a of 0.6 for its own class. */
function segment(text: string, start: number, end: number, words: Word[] | null = null): Spoken {
  const stamp = (seconds: number): number => tokenizer.timestampBegin + Math.round(seconds / 0.02);
  let state = map.start;
  const tokenScores = [stamp(0), ...tokenizer.encode(text), stamp(end - start)].map((token): TokenScore => {
    const own = map.classOf(token, state);
    state = map.next(state, token);
    return {
      token,
      characters: 0,
      logProbability: -0.1,
      score: -0.1,
      language: set.classes[own]!,
      internal: set.classes.map((_, index) => (index === own ? 0.6 : 0.2)),
      external: null,
    };
  });
  return { start, end, tokenScores, words };
}

const said = (...segments: Spoken[]): LanguageSpan[] => languageSpans(segments, set, tokenizer);
const brief = (spans: LanguageSpan[]): string => spans.map(({ language, text }) => `${language}:${text}`).join('|');

describe('languageSpans', () => {
  it('is one span for each run of a language, with the punctuation and digits behind it', () => {
    assert.equal(
      brief(said(segment('昨天是 Tuesday, right？今天 3 号 okay.', 0, 4))),
      'zh:昨天是|en:Tuesday, right？|zh:今天 3 号|en:okay.',
    );
    assert.equal(brief(said(segment('“这并不是告别。”', 0, 1))), 'zh:“这并不是告别。”');
    assert.equal(brief(said(segment(" I don't know 24 / 7", 0, 1))), "en:I don't know 24 / 7");
  });

  it('gives what a segment begins with to its first language', () => {
    assert.equal(brief(said(segment('3, 2, 1, 开始 now', 0, 2))), 'zh:3, 2, 1, 开始|en:now');
  });

  it('has no span where no letter of a declared language is', () => {
    assert.deepEqual(said(segment('24 / 7 …', 0, 1), segment('', 1, 2), segment('カタカナ', 2, 3)), []);
  });

  it('ends with the segment, and never within a character', () => {
    assert.equal(brief(said(segment('餛飩', 0, 1), segment('好吃 yes', 1, 2))), 'zh:餛飩|zh:好吃|en:yes');
  });

  it('takes its times from words, where a segment has them', () => {
    const words = [
      ['昨天', 1.2, 1.6],
      ['是', 1.7, 1.9],
      [' Tuesday,', 2.1, 2.7],
      [' right?', 2.8, 3.3],
    ].map(([word, start, end]) => ({ word, start, end, probability: 1 }) as Word);
    const times = said(segment('昨天是 Tuesday, right?', 1, 4, words)).map(({ start, end }) => [start, end]);
    assert.deepEqual(times, [
      [1.2, 1.9],
      [2.1, 3.3],
    ]);
  });

  it('shares out the time of a segment by tokens, where words are not known or do not fit', () => {
    const text = '昨天是 Tuesday';
    const tokens = tokenizer.encode(text);
    const english = tokenizer.encode(' Tuesday').length;
    const border = 10 + (2 * (tokens.length - english)) / tokens.length;
    for (const words of [null, [], [{ word: '昨天', start: 0, end: 1, probability: 1 }]]) {
      const times = said(segment(text, 10, 12, words)).map(({ start, end }) => [start, end]);
      assert.equal(times.length, 2);
      times.flat().forEach((time, i) => assert.ok(Math.abs(time - [10, border, border, 12][i]!) < 1e-9, `${time}`));
    }
  });

  it('is as sure as a is of the language among the declared ones, over its own tokens', () => {
    for (const { confidence } of said(segment('昨天, Tuesday', 0, 1))) assert.ok(Math.abs(confidence - 0.75) < 1e-12);
  });

  it('keeps every character of the text, in order, at times that do not run backwards', () => {
    const piece = fc.constantFrom(
      '我',
      '餛飩',
      '㐂',
      ' the',
      ' cafe',
      ' ',
      ',',
      '。',
      '3',
      "'s",
      '😀',
      'か',
      ' é',
      '\ufffd',
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 3 }), (texts) => {
        const segments = texts.map((pieces, i) => segment(pieces.join(''), i, i + 1));
        const spans = languageSpans(segments, set, tokenizer);
        const kept = texts.map((pieces) => pieces.join('')).filter((text) => /\p{sc=Han}|[A-Za-z]/u.test(text));
        const bare = (parts: string[]): string => parts.join('').replaceAll(' ', '');
        assert.equal(bare(spans.map(({ text }) => text)), bare(kept));
        let last = 0;
        for (const { start, end, confidence } of spans) {
          assert.ok(start >= last - 1e-9 && end >= start, `${start} to ${end} behind ${last}`);
          assert.ok(confidence >= 0 && confidence <= 1);
          last = end;
        }
        spans.forEach((span, i) => {
          const previous = spans[i - 1];
          const together =
            previous !== undefined && Math.floor(previous.start + 1e-9) === Math.floor(span.start + 1e-9);
          if (together) assert.notEqual(previous.language, span.language);
        });
      }),
      { numRuns: runs },
    );
  });
});
