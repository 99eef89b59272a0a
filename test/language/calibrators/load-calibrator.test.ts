import assert from 'node:assert/strict';
import { UsageError } from '../../../src/errors.ts';
import type { CalibratedWindow } from '../../../src/language/calibrator.ts';
import {
  calibratorNames,
  defaultCalibratorOptions as options,
  loadCalibrator,
} from '../../../src/language/calibrators/load-calibrator.ts';
import { languageSet } from '../../../src/language/language-set.ts';
import { toyModel, toyTokenizer } from '../../support/toy-model.ts';
import { wholeRow, type TokenRow } from '../../../src/language/token-row.ts';

const words = ['好', ' yes', ',', '吗'];
const { vocabularySize } = toyTokenizer(words);
const model = toyModel({ words, next: () => new Map([[0, 0]]) });
const set = languageSet();
const window: CalibratedWindow = {
  model,
  states: new Float32Array(1500),
  positions: 1500,
  heard: 100,
  detected: [0.95, 0.05],
};
/** A row of the vocabulary with these probabilities of the words. */
const row = (...probabilities: number[]) =>
  wholeRow(
    Float32Array.from({ length: vocabularySize }, (_, token) => Math.log(probabilities[token] ?? 0)),
    model.tokenizer.endOfText,
  );
const posterior = async (name: string, given: Partial<typeof options> = {}, prompts: TokenRow[] = []) => {
  const opened = await (await loadCalibrator(name, model, set, { ...options, ...given })).open(window);
  return opened.posterior({ prompts, state: null, attention: null }, opened.start);
};
const near = (found: Float64Array, wanted: number[]) =>
  assert.deepEqual(
    [...found].map((value) => value.toFixed(6)),
    wanted.map((value) => value.toFixed(6)),
  );

describe('calibrators by name', () => {
  it('loads each of them under its own name', async () => {
    for (const name of calibratorNames) assert.equal((await loadCalibrator(name, model, set)).name, name);
  });

  it('gives what was detected, clipped to the floor', async () => {
    near(await posterior('detected', { floor: 0.1 }), [0.9, 0.1]);
    near(await posterior('detected', { floor: 0 }), [0.95, 0.05]);
    near(await posterior('forward', { floor: 0.2 }), [0.8, 0.2]);
  });

  it('gives a constant share, equal unless it is told', async () => {
    near(await posterior('constant'), [0.5, 0.5]);
    near(await posterior('constant', { prior: [7, 3] }), [0.7, 0.3]);
    await assert.rejects(posterior('constant', { prior: [1] }), /prior \[1\] does not fit the languages zh, en/);
    await assert.rejects(posterior('constant', { prior: [0, 0] }), UsageError);
  });

  it('gives the class marginal of the mixture of prompts, each prompt by what was detected', async () => {
    const prompts = [row(0.5, 0.2, 0.1, 0.2), row(0.1, 0.6, 0.3, 0)];
    near(await posterior('mixture', { floor: 0.25 }, prompts), [
      0.75 * 0.7 + 0.25 * 0.1,
      0.75 * 0.2 + 0.25 * 0.6,
      0.75 * 0.1 + 0.25 * 0.3,
    ]);
    near(await posterior('mixture', {}, [prompts[1]!]), [0.1, 0.6, 0.3]);
  });

  it('refuses a name that is none, and says what there is', async () => {
    await assert.rejects(
      loadCalibrator('oracle', model, set),
      (error) => error instanceof UsageError && /no calibrator "oracle"; take constant, detected/.test(error.message),
    );
    await assert.rejects(loadCalibrator('toString', model, set), UsageError);
    await assert.rejects(
      loadCalibrator('nowhere/head.safetensors', model, set),
      (error) => error instanceof UsageError && /nowhere\/head\.safetensors/.test(error.message),
    );
  });
});
