import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { beamSearch } from '../../src/operators/beam-search.ts';
import { scoreLists } from '../../src/operators/score-lists.ts';
import type { Encoding, Hypothesis, LanguagePosterior, Waveform } from '../../src/records.ts';
import { detectLanguage } from '../../src/language/detect.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyEncoding } from '../support/tiny-encoding.ts';
import { randomNumbers, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

/** Nothing is tried twice, so that what is in the lists is what the search at temperature 0 found. */
const certain = {
  temperature: [0],
  logProbabilityThreshold: null,
  compressionRatioThreshold: null,
  noSpeechThreshold: null,
  guard: false,
};

describe('score-lists', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let encoding: Encoding;
  let other: string;
  before(async () => {
    encoding = await tinyEncoding(folder);
    other = await writeTinyModel(join(folder, 'other'), { weights: tinyWeights(2) });
  });

  type Options = NonNullable<Parameters<typeof scoreLists>[0]>;
  const decoded = (options: NonNullable<Parameters<typeof beamSearch>[0]>): Promise<Hypothesis> =>
    lastValueFrom(of({ encoding }).pipe(beamSearch({ model: encoding.model, ...certain, nBest: 4, ...options })));
  function scored(hypothesis: Hypothesis, options: Options, seconds = 1.25): Promise<Hypothesis> {
    const samples = Float64Array.from({ length: 20_000 }, randomNumbers(3)).slice(0, 16_000 * seconds);
    const waveform: Waveform = {
      kind: 'waveform',
      id: hypothesis.id,
      origin: hypothesis.origin,
      samples: Float32Array.from(samples),
      sampleRate: 16_000,
    };
    return lastValueFrom(of({ hypothesis, waveform }).pipe(scoreLists({ models: [encoding.model], ...options })));
  }
  /** Of every candidate of every window its own score, and the last that was added. */
  const pairs = ({ nBest }: Hypothesis) =>
    nBest!.flatMap(({ candidates }) => candidates.map(({ score, scores }) => [score, scores.at(-1)!] as const));

  for (const [what, options] of [
    ['a plain search', {}],
    ['a search without timestamps or the text before', { withoutTimestamps: true, conditionOnPreviousText: false }],
    ['a search behind a prompt', { initialPrompt: 'hello', carryInitialPrompt: true }],
    ['language terms', { rescore: 'internal', weight: 0.7 }],
    [
      'a mixture of prompts with a calibrator',
      { languagePrompt: 'mixture', rescore: 'replace', weight: 0.5, calibrator: 'constant', prior: [0.3, 0.7] },
    ],
    ['weights of a mixture that are heard', { languagePrompt: 'mixture', calibrator: 'detected' }],
  ] as const satisfies readonly (readonly [string, Options])[]) {
    it(`gives the lists of the same model their own scores to 1e-5: ${what} (I15)`, async () => {
      const hypothesis = await decoded({ ...(!('languagePrompt' in options) && { language: 'zh' }), ...options });
      const { nBest } = hypothesis;
      assert.ok(nBest!.some(({ candidates }) => candidates.length > 1));
      const found = await scored(hypothesis, options);
      for (const [own, again] of pairs(found)) assert.ok(Math.abs(own - again) < 1e-5, `${again}, not ${own}`);
      assert.deepEqual(found.nBest![0]!.scoreNames, ['model']);
      // Another model gives other scores: the agreement above is none of a score that was copied.
      const others = pairs(await scored(hypothesis, { ...options, models: [other] }));
      assert.ok(others.some(([own, again]) => Math.abs(own - again) > 0.1));
    });
  }

  it('mixes the prompts as decoding did by itself, when it is told what detection chose among (I15)', async () => {
    const { model, release } = await acquireModel(encoding.model, { device: 'auto' });
    const heard = await detectLanguage(model, encoding.states, encoding.positions, ['zh', 'en']);
    release();
    const language: LanguagePosterior = {
      kind: 'language-posterior',
      id: encoding.id,
      origin: encoding.origin,
      languages: heard.map((one) => one.language),
      probabilities: heard.map(({ probability }) => probability),
    };
    const found = await lastValueFrom(
      of({ encoding, language }).pipe(beamSearch({ model: encoding.model, ...certain, nBest: 4 })),
    );
    const apart = pairs(await scored(found, {}));
    assert.ok(apart.some(([own, again]) => Math.abs(own - again) > 1e-3));
    for (const [own, again] of pairs(await scored(found, { among: ['zh', 'en'] }))) {
      assert.ok(Math.abs(own - again) < 1e-5, `${again}, not ${own}`);
    }
  });

  it('averages an ensemble as the scores of its models say, and adds a score beside others', async () => {
    const hypothesis = await decoded({ language: 'zh' });
    const one = await scored(hypothesis, { name: 'one' });
    const both = await scored(one, { name: 'two', models: [other] });
    assert.deepEqual(both.nBest![0]!.scoreNames, ['one', 'two']);
    const ensemble = { models: [encoding.model, other] };
    const sequence = pairs(await scored(hypothesis, { ...ensemble, average: 'sequence' }));
    const token = pairs(await scored(hypothesis, { ...ensemble, average: 'token' }));
    const apart = both.nBest!.flatMap(({ candidates }) => candidates.map(({ scores }) => [...scores]));
    let differ = 0;
    apart.forEach(([first, second], at) => {
      const expected = Math.log((Math.exp(first!) + Math.exp(second!)) / 2);
      assert.ok(Math.abs(sequence[at]![1] - expected) < 1e-9);
      if (Math.abs(token[at]![1] - expected) > 1e-3) differ += 1;
    });
    assert.ok(differ > 0);
    const twice = pairs(await scored(hypothesis, { models: [encoding.model, encoding.model] }));
    for (const [own, again] of twice) assert.ok(Math.abs(own - again) < 1e-5);
  });

  it('refuses lists that are not there, a name that is there, and audio or tokens of another kind', async () => {
    const hypothesis = await decoded({ language: 'zh' });
    await assert.rejects(scored({ ...hypothesis, nBest: null }, {}), /has no n-best lists/);
    const once = await scored(hypothesis, {});
    await assert.rejects(scored(once, {}), (error) => error instanceof UsageError && error.code === 'scores');
    await assert.rejects(
      scored(hypothesis, {}, 0.4),
      (error) => error instanceof RecordError && error.code === 'outside-file',
    );
    const nBest = hypothesis.nBest!.map((list) => ({
      ...list,
      candidates: list.candidates.map((one) => ({ ...one, characters: one.characters.map((count) => count + 1) })),
    }));
    await assert.rejects(
      scored({ ...hypothesis, nBest }, {}),
      (error) => error instanceof UsageError && error.code === 'vocabulary',
    );
  });
});
