import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { decodeAudio } from '../../src/audio/decode.ts';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { reranker, type RerankOptions } from '../../src/decoding/rerank.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { UsageError } from '../../src/errors.ts';
import type { Hypothesis, LanguageSpan, Segment, WindowCandidates } from '../../src/records.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { candidateOf, emptyList, type MadeToken } from '../support/stored-lists.ts';
import { hypothesis as sample } from '../support/sample-records.ts';

const plain: RerankOptions = {
  rescoring: { mode: 'plain', weight: 0, otherPolicy: 'class', fragmentPolicy: 'inherit' },
  lengthPenalty: null,
  scoreWeights: {},
};

describe('a stored candidate that wins', function () {
  this.timeout(300_000);

  it('gets the text, segments, times, tokens and language spans that the search gave it', async () => {
    const { model, release } = await acquireModel('whisper-base-int8', { device: 'auto' });
    try {
      const path = 'fixtures/audio/cs_yesterday_zh_en.wav';
      const { channels } = await decodeAudio(await readFile(path), path);
      // Twice the clip: the second window begins where the first one's last segment ends.
      const samples = new Float32Array(2 * channels[0]!.length);
      samples.set(channels[0]!);
      samples.set(channels[0]!, channels[0]!.length);
      const options = { ...defaultTranscribeOptions, nBest: 5, guard: false, temperatures: [0] };
      const found = await transcribe(model, melSpectrogram(samples, 80), options);
      const searched: Hypothesis = { ...sample, ...found, origin: { ...sample.origin, start: 0 } };
      const { rerank } = reranker(plain);
      assert.equal(rerank(searched), searched, 'what the search found best stays best');

      // With the winner in the second place, it has to be written anew from its columns.
      const nBest = searched.nBest!.map((list) => {
        const [first, second, ...rest] = list.candidates;
        return { ...list, candidates: [second!, first!, ...rest] };
      });
      const rebuilt = rerank({ ...searched, text: 'not this', segments: [], languageSpans: [], nBest });
      assert.equal(rebuilt.text, searched.text);
      const rounded = (segment: Segment) => ({
        ...segment,
        averageLogProbability: Math.round(segment.averageLogProbability * 1e6),
        compressionRatio: Math.round(segment.compressionRatio * 1e6),
        tokenScores: segment.tokenScores.map(({ internal, ...score }) => ({
          ...score,
          internal: internal.map(Math.fround),
        })),
      });
      const wholeRatio = ({ compressionRatio: _, ...rest }: ReturnType<typeof rounded>) => rest;
      assert.deepEqual(
        rebuilt.segments.map((segment) => wholeRatio(rounded(segment))),
        searched.segments.map((segment) => wholeRatio(rounded(segment))),
      );
      const hundredths = (span: LanguageSpan) => ({
        ...span,
        start: Math.round(span.start * 10),
        end: Math.round(span.end * 10),
        confidence: Math.round(span.confidence * 1e5),
      });
      assert.deepEqual(rebuilt.languageSpans.map(hundredths), searched.languageSpans.map(hundredths));
    } finally {
      release();
    }
  });
});

describe('reranker', () => {
  const token = (logProbability: number, language: 0 | 1, more: Partial<MadeToken> = {}): MadeToken => ({
    logProbability,
    language,
    internal: [0.6, 0.3, 0.1],
    external: [0.1, 0.8, 0.1],
    characters: 1,
    ...more,
  });
  const end: MadeToken = { logProbability: -0.1, language: 2, internal: [0, 0, 1], external: [0, 0, 1] };
  const list: WindowCandidates = {
    ...emptyList,
    scoreNames: ['lm'],
    candidates: [
      { ...candidateOf('他', [token(-1, 0), end]), scores: Float64Array.of(-9) },
      { ...candidateOf('tar', [token(-1.2, 1, { characters: 3 }), end]), scores: Float64Array.of(-2) },
      {
        ...candidateOf('ta re', [token(-0.6, 1), token(-0.7, 1, { characters: 4 }), end]),
        scores: Float64Array.of(-4),
      },
    ],
  };
  const hypothesis: Hypothesis = { ...sample, nBest: [list] };
  const text = (options: Partial<RerankOptions>): string => reranker({ ...plain, ...options }).rerank(hypothesis).text;

  it('ranks by the mean over tokens, by a length penalty, by language terms, and by scores of others', () => {
    assert.deepEqual(
      [...reranker(plain).values(list, 3)].map((value) => Math.round(value * 1e6) / 1e6),
      [-1.1, -1.3, -0.7],
    );
    assert.equal(text({}), 'ta re');
    // By (5 + n) / 6 to the power 0 the sums themselves are compared.
    assert.equal(text({ lengthPenalty: 0 }), sample.text);
    assert.equal(text({ lengthPenalty: 0, scoreWeights: { lm: 0.1 } }), 'tar');
    const rescoring = { mode: 'replace', weight: 1, otherPolicy: 'class', fragmentPolicy: 'inherit' } as const;
    // p(v | language) q: 他 falls to a sixth, tar rises to 8/3.
    assert.deepEqual(
      [...reranker({ ...plain, rescoring, lengthPenalty: 0 }).values(list, 3)].map(
        (value) => Math.round(value * 1e4) / 1e4,
      ),
      [-1.1 + Math.log(0.1 / 0.6), -1.3 + Math.log(0.8 / 0.3), -1.4 + 2 * Math.log(0.8 / 0.3)].map(
        (value) => Math.round(value * 1e4) / 1e4,
      ),
    );
  });

  it('takes the first of equals, and leaves hypotheses without lists and empty lists as they are', () => {
    const [one] = list.candidates;
    assert.equal(reranker(plain).best({ ...list, candidates: [one!, one!] }, 3), 0);
    const { rerank } = reranker(plain);
    for (const nBest of [null, [], [emptyList]]) {
      const given = { ...hypothesis, nBest };
      assert.equal(rerank(given), given);
    }
  });

  it('names the scores that there are where one is not there', () => {
    assert.throws(
      () => text({ scoreWeights: { ngram: 1 } }),
      (error) => error instanceof UsageError && /have lm, and no "ngram"/.test(error.message),
    );
  });
});
