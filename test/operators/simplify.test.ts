import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import { simplify } from '../../src/operators/simplify.ts';
import type { Hypothesis, Segment, Word } from '../../src/records.ts';
import { candidateOf, emptyList } from '../support/stored-lists.ts';

const words = (...texts: string[]): Word[] =>
  texts.map((word, i) => ({ word, start: i, end: i + 1, probability: 0.9 }));

const segment = (text: string, its: Word[] | null): Segment => ({
  start: 0,
  end: 4,
  text,
  tokens: [50364, 17682, 50564],
  tokenScores: [],
  seek: 0,
  temperature: 0,
  averageLogProbability: -0.3,
  compressionRatio: 0.9,
  noSpeechProbability: 0.1,
  words: its,
});

const hypothesis: Hypothesis = {
  kind: 'hypothesis',
  id: 'a',
  origin: { path: 'a.wav', start: 0, duration: 4, reference: null, speaker: null, piece: null },
  model: 'whisper-base',
  language: 'zh',
  languageProbability: 0.9,
  languages: ['zh', 'en'],
  text: '今天 we 買了乾淨的頭髮夾',
  segments: [
    segment('今天 we 買了', words('今天', ' we', ' 買', '了')),
    segment('乾淨的頭髮夾', words('乾', '淨', '的', '頭', '髮', '夾')),
    segment('', null),
  ],
  languageSpans: [{ language: 'zh', text: '買了乾淨的頭髮夾', start: 1, end: 4, confidence: 0.9 }],
  guardedWindows: 0,
  nBest: [{ ...emptyList, candidates: [candidateOf('買了', [])] }],
};

describe('simplify', () => {
  it('writes text, segments, words, language spans and n-best lists in simplified characters and leaves English, times and tokens', async () => {
    const given = structuredClone(hypothesis);
    const made = await lastValueFrom(of(hypothesis).pipe(simplify()));
    assert.deepEqual(made, {
      ...given,
      text: '今天 we 买了干净的头发夹',
      segments: [
        { ...given.segments[0], text: '今天 we 买了', words: words('今天', ' we', ' 买', '了') },
        { ...given.segments[1], text: '干净的头发夹', words: words('干', '净', '的', '头', '发', '夹') },
        given.segments[2],
      ],
      languageSpans: [{ ...given.languageSpans[0], text: '买了干净的头发夹' }],
      nBest: [{ ...emptyList, candidates: [candidateOf('买了', [])] }],
    });
    assert.deepEqual(hypothesis, given, 'the record that came in was changed');
  });

  it('chooses a character of a word by the words beside it', async () => {
    const split = { ...hypothesis, segments: [segment('头发发展', words('头', '发', '发', '展'))] };
    const made = await lastValueFrom(of(split).pipe(simplify({ script: 'traditional' })));
    assert.deepEqual(made.segments[0]?.words, words('頭', '髮', '發', '展'));
  });

  it('leaves everything as it is when asked to', async () => {
    assert.equal(await lastValueFrom(of(hypothesis).pipe(simplify({ script: 'as-is' }))), hypothesis);
  });
});
