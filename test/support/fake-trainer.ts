/**
 * A trainer whose weights are one number: what all batches before made of it. So a test can tell whether a run went over
 * the same batches in the same order, and nothing is computed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import type { TrainingLosses } from '../../src/records.ts';
import type { Trainer } from '../../src/training/trainer.ts';

export const noLosses: TrainingLosses = { total: 0, tokens: 0, language: 0, replacement: 0, variational: 0, base: 0 };

export interface FakeTrainer extends Trainer {
  /** How many steps this one has computed. */
  readonly computed: () => number;
  readonly weights: () => string;
}

/** @param dieAt Throws before this step, as a process that is killed comes to nothing more. */
export function fakeTrainer({ dieAt = Infinity } = {}): FakeTrainer {
  let weights = 'start';
  let step = 0;
  let computed = 0;
  const notes = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<'weights' | 'notes', string>;
  return {
    facts: {} as Trainer['facts'],
    set: {} as Trainer['set'],
    parameters: 1,
    step: () => step,
    computed: () => computed,
    weights: () => weights,
    train: (batch) => {
      if (step + 1 === dieAt) return Promise.reject(new Error('killed'));
      step += 1;
      computed += 1;
      const ids = batch.map(({ id }) => id);
      weights = createHash('sha256')
        .update(`${weights} ${step} ${ids.join(',')}`)
        .digest('hex');
      const losses = { ...noLosses, total: 1 / step };
      return Promise.resolve({ step, losses, gradientNorm: 1, learningRate: 0.1, tokens: 5, seconds: 0.1, ids });
    },
    evaluate: () => Promise.resolve({ losses: noLosses, tokens: 1, utterances: [] }),
    fitTemperature: () => Promise.resolve(1),
    save: (folder, scale = 1) => {
      if (existsSync(folder)) return Promise.reject(new UsageError('export', `${folder} is there`));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'adapter_model.safetensors'), `${weights} ${scale}`);
      return Promise.resolve();
    },
    writeCheckpoint: (file, given = {}) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.tmp`, JSON.stringify({ weights, step, notes: JSON.stringify(given) }));
      renameSync(`${file}.tmp`, file);
      return Promise.resolve();
    },
    restore: (file) => {
      const read = JSON.parse(readFileSync(file, 'utf8')) as { weights: string; step: number; notes: string };
      ({ weights, step } = read);
      return Promise.resolve(JSON.parse(read.notes) as Record<string, string>);
    },
    average: (files) => {
      weights = `mean of ${files.map((file) => notes(file).weights).join(' ')}`;
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  };
}
