import assert from 'node:assert/strict';
import { decodeWithFallback, hasFailed, isSilence, type FallbackOptions } from '../../src/decoding/fallback.ts';
import type { WindowResult } from '../../src/decoding/decode-window.ts';
import { compressionRatio } from '../../src/decoding/compression-ratio.ts';
import { endsInLoop } from '../../src/decoding/loop-guard.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { toyModel, type ToyModel } from '../support/toy-model.ts';

const options: FallbackOptions = { ...defaultTranscribeOptions, tags: [['en']], withoutTimestamps: true };
const plain: WindowResult = {
  tokens: [],
  text: '',
  tokenScores: [],
  averageLogProbability: -0.3,
  noSpeechProbability: 0.1,
  compressionRatio: 1.5,
  temperature: 0,
  candidates: [],
};

describe('the thresholds', () => {
  const cases: readonly (readonly [
    string,
    Partial<WindowResult>,
    Partial<FallbackOptions>,
    failed: boolean,
    silent: boolean,
  ])[] = [
    ['plausible text', {}, {}, false, false],
    ['a loop', { compressionRatio: 2.41 }, {}, true, false],
    ['a text at the limit', { compressionRatio: 2.4, averageLogProbability: -1 }, {}, false, false],
    ['a guess', { averageLogProbability: -1.01 }, {}, true, false],
    ['a guess over silence', { averageLogProbability: -1.01, noSpeechProbability: 0.61 }, {}, false, true],
    ['a probable text over silence', { noSpeechProbability: 0.99 }, {}, false, false],
    ['a loop over silence', { compressionRatio: 3, noSpeechProbability: 0.99 }, {}, true, false],
    [
      'a loop and guess over silence',
      { compressionRatio: 3, averageLogProbability: -2, noSpeechProbability: 0.9 },
      {},
      false,
      true,
    ],
    [
      'silence without a limit for guesses',
      { noSpeechProbability: 0.9 },
      { logProbabilityThreshold: null },
      false,
      true,
    ],
    ['a loop without a limit for loops', { compressionRatio: 9 }, { compressionRatioThreshold: null }, false, false],
    [
      'a guess without a limit for silence',
      { averageLogProbability: -2, noSpeechProbability: 1 },
      { noSpeechThreshold: null },
      true,
      false,
    ],
  ];
  for (const [name, result, thresholds, failed, silent] of cases) {
    it(`${name} ${failed ? 'is tried again' : 'stands'}${silent ? ' as silence' : ''}`, () => {
      const [one, told] = [
        { ...plain, ...result },
        { ...options, ...thresholds },
      ];
      assert.deepEqual([hasFailed(one, told), isSilence(one, told)], [failed, silent]);
    });
  }
});

describe('the compression ratio', () => {
  it("is openai-whisper's, zlib's implementations apart", () => {
    // Python: len(text) / len(zlib.compress(text)).
    const cases: [string, number][] = [
      ['', 0],
      ['hello world', 11 / 19],
      ['謝謝觀看'.repeat(20), 240 / 26],
      [
        'And so my fellow Americans ask not what your country can do for you ask what you can do for your country',
        104 / 77,
      ],
    ];
    for (const [text, expected] of cases) {
      const ratio = compressionRatio(text);
      assert.ok(Math.abs(ratio - expected) <= 0.05 * expected, `${text}: ${ratio}, not ${expected}`);
    }
  });
});

describe('the fallback', () => {
  const loop = 0;
  const other = 1;
  /** Says "la" for ever, unless sampling takes it to the other word. */
  const looping = (): ToyModel =>
    toyModel({
      words: [' la', ' well'],
      next: (tokens) =>
        tokens.at(-1) === other
          ? new Map([[2, 5]])
          : new Map([
              [loop, 1],
              [other, 0],
              [2, -9],
            ]),
    });
  const run = async (model: ToyModel, told: Partial<FallbackOptions>) => {
    const session = await model.openDecoder(new Float32Array(0), 0);
    return decodeWithFallback(
      { session, model, random: randomNumbers(2) },
      { ...options, beamSize: 1, bestOf: 1, ...told },
      [],
    );
  };

  it('leaves a loop long before its end', async () => {
    const { tokens, compressionRatio: ratio } = await run(looping(), { temperatures: [0] });
    assert.ok(tokens.length < 60, String(tokens.length));
    assert.ok(ratio > 2.4);
  });

  it('comes out of a loop at a higher temperature', async () => {
    const result = await run(looping(), {});
    assert.ok(result.temperature > 0, String(result.temperature));
    assert.ok(result.compressionRatio <= 2.4);
    assert.match(result.text, /well$/);
  });

  it('goes on to the end of a loop where loops are allowed', async () => {
    const result = await run(looping(), { compressionRatioThreshold: null });
    assert.equal(result.tokens.length, 224);
  });

  it('gives the last result where all temperatures fail', async () => {
    const model = toyModel({ words: [' la'], next: () => new Map([[0, 1]]) });
    const { temperature, tokens } = await run(model, { temperatures: [0, 0.4] });
    assert.equal(temperature, 0.4);
    assert.ok(tokens.length >= 48);
  });
});

describe('endsInLoop', () => {
  it('hears a phrase that is said over and over at the end, and nothing else', () => {
    const phrase = (length: number): number[] => Array.from({ length }, (_, i) => i);
    const over = (tokens: number[], times: number): number[] => Array.from({ length: times }, () => tokens).flat();
    assert.ok(endsInLoop(over([7], 48)));
    assert.ok(endsInLoop([1, 2, 3, ...over(phrase(5), 12)]));
    assert.ok(endsInLoop([...over(phrase(24), 3), 0, 1]) === true);
    assert.ok(!endsInLoop(over([7], 47)));
    assert.ok(!endsInLoop(over(phrase(24), 2)));
    assert.ok(!endsInLoop([...over([7], 60), 8]));
    assert.ok(!endsInLoop(phrase(200)));
  });
});
