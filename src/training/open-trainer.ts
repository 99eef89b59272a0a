/** A trainer whose steps ONNX Runtime computes. See trainer.ts for what it promises. */
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { writeCalibrator } from '../language/calibrators/calibrator-file.ts';
import type { LanguageSet } from '../language/language-set.ts';
import { tokenLanguages } from '../language/token-language.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import { modelHash } from '../tables/provenance.ts';
import { chooseDevice } from '../tensors/backend.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';
import { providers, type Provider } from '../tensors/compile/onnx-runtime.ts';
import { writeAdapter } from '../whisper/adapter-file.ts';
import { wholeFolder } from '../whisper/export-folder.ts';
import { findModel } from '../whisper/find-model.ts';
import { openModel, type OpenModel } from '../whisper/open-model.ts';
import { alignmentHeads } from '../whisper/whisper-model.ts';
import { pairsOf, startingNumbers } from './adapter-numbers.ts';
import { checkUtterance, countedTokens, sharesOf } from './batch.ts';
import { calibratorParameters, calibratorTensors } from './calibrator-networks.ts';
import { checkOptions, chosenTargets, decisive } from './check-options.ts';
import { readCheckpoint, writeCheckpoint, type TrainingState } from './checkpoint.ts';
import { compiledSteps } from './compiled-steps.ts';
import { watchLoss } from './divergence.ts';
import { fitTemperature } from './fit-temperature.ts';
import { lossNames, lossOptionsOf } from './losses.ts';
import { lowRankParameters } from './low-rank.ts';
import { initialNumbers, layoutOf } from './parameters.ts';
import { learningRateAt } from './schedule.ts';
import { stepData } from './step-data.ts';
import { outputOfLoss } from './step-graph.ts';
import type { StepPlan } from './step-plan.ts';
import type { TrainerOptions } from './trainer-options.ts';
import type { Evaluation, Losses, Trainer, TrainingUtterance, UtteranceEvaluation } from './trainer.ts';

export interface TrainerContext {
  /** The languages that are told apart. */
  readonly set: LanguageSet;
  /** Receives lines for the person who started the run. */
  readonly note?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Is told the hash of the model's weights. */
  readonly provenance?: Map<string, string>;
}

/**
 * @throws UsageError `training` when the options do not suit each other; `model`, `weights`, `tokenizer`, `adapter`, `device`
 *   when a part does not load.
 */
export async function openTrainer(options: TrainerOptions, context: TrainerContext): Promise<Trainer> {
  const { device, detail, release } = await chooseDevice('auto');
  try {
    const provider = providers.find((one) => one === device);
    if (provider === undefined) {
      throw new UsageError(
        'device',
        `Training is compiled, and ${device} computes here (${detail}); install ONNX Runtime.`,
      );
    }
    const model = await openModel(await findModel(options.model, options), options.model);
    try {
      context.note?.(`Training on ${options.model}; computing on ${device}: ${detail}.`);
      context.provenance?.set(modelHash(options.model), model.facts.sha256);
      return await trainerOf(options, context, model, provider, release);
    } finally {
      await model.source.close();
    }
  } catch (error) {
    release();
    throw error;
  }
}

async function trainerOf(
  options: TrainerOptions,
  { set, signal, note }: TrainerContext,
  { dimensions, facts, tokenizer }: OpenModel,
  provider: Provider,
  release: () => void,
): Promise<Trainer> {
  checkOptions(options);
  const targets = chosenTargets(options, dimensions);
  const random = (name: string) => randomNumbersFor(options.seed, name);
  const classes = set.classes.length;
  const { rank, alpha, calibrator } = options;
  const variational = options.variationalWeight > 0 && options.variationalForm !== 'noise-consistency';
  const layout = layoutOf([
    ...lowRankParameters(targets, { rank, scale: alpha / rank, variational }, random),
    ...(calibrator === null
      ? []
      : calibratorParameters(
          calibrator,
          { width: dimensions.width, hidden: options.calibratorHidden, classes },
          random,
        )),
  ]);
  const languages = tokenLanguages(tokenizer, set);
  const plan: Omit<StepPlan, 'base'> = {
    dimensions,
    alignmentHeads: alignmentHeads(facts, dimensions),
    targets,
    rank,
    scale: alpha / rank,
    dropout: options.dropout,
    layout,
    calibrator,
    classes,
    losses: lossOptionsOf(options),
    weightDecay: options.weightDecay,
    clip: options.clip,
    frozenEncoder: options.encoderCache !== null,
  };
  const graphs = compiledSteps(plan, facts.sha256, provider, {
    ...options,
    ...(note && { note }),
    ...(signal && { signal }),
  });

  let state: TrainingState = {
    weights: options.startFrom === null ? initialNumbers(layout) : await startingNumbers(options, layout, targets),
    first: new Float32Array(layout.length),
    second: new Float32Array(layout.length),
    step: 0,
    smoothed: null,
    best: null,
    temperature: 1,
  };
  let lastCheckpoint: string | null = null;
  const run = JSON.stringify({ model: facts.sha256, classes: set.classes, ...decisive(options) });
  const vector = (values: Float32Array): NumberArray => ({ values, shape: [layout.length] });
  const scalar = (value: number): NumberArray => ({ values: Float32Array.of(value), shape: [] });
  const dataFor = stepData(plan, graphs, languages, facts.sha256, options);

  const check = (batch: readonly TrainingUtterance[]) => {
    if (batch.length === 0) throw new Error('A batch has at least one utterance.');
    for (const utterance of batch) checkUtterance(utterance, dimensions);
    return sharesOf(batch, classes);
  };

  return {
    facts,
    set,
    parameters: layout.length,
    step: () => state.step,
    async train(batch) {
      const begun = performance.now();
      const shares = check(batch);
      const step = state.step + 1;
      const rate = learningRateAt(step, options);
      const current = {
        weights: vector(state.weights),
        first: vector(state.first),
        second: vector(state.second),
        step: scalar(step),
        rate: scalar(rate),
      };
      const parts = inParts(batch, options.atOnce);
      let losses: Losses;
      let made: Record<string, NumberArray>;
      if (parts.length === 1) {
        made = await graphs.run('step', { ...(await dataFor('step', batch, shares, { step, part: 0 })), ...current });
        losses = lossesIn(made);
      } else {
        const gradient = new Float32Array(layout.length);
        const each: Losses[] = [];
        for (const [index, part] of parts.entries()) {
          const data = await dataFor('gradient', part, shares, { step, part: index });
          const found = await graphs.run('gradient', { ...data, weights: current.weights });
          each.push(lossesIn(found));
          const { values } = found['gradient']!;
          for (let i = 0; i < gradient.length; i++) gradient[i]! += values[i]!;
        }
        losses = each.reduce(sumOfLosses);
        made = await graphs.run('update', { ...current, gradient: vector(gradient) });
      }
      const ids = batch.map(({ id }) => id);
      const gradientNorm = made['norm']!.values[0]!;
      const watch = watchLoss(state, losses.total, gradientNorm, { ids, lastCheckpoint, maxRise: options.maxRise });
      state = {
        ...state,
        ...watch,
        step,
        weights: made['newWeights']!.values as Float32Array,
        first: made['newFirst']!.values as Float32Array,
        second: made['newSecond']!.values as Float32Array,
      };
      const seconds = (performance.now() - begun) / 1000;
      return { step, losses, gradientNorm, learningRate: rate, tokens: shares.tokens, seconds, ids };
    },
    evaluate: (batch) => evaluate(batch, state.temperature),
    async fitTemperature(batches) {
      if (calibrator === null) return 1;
      const nll = async (temperature: number): Promise<number> => {
        let [sum, count] = [0, 0];
        for (const batch of batches) {
          for (const { external, classes: own } of (await evaluate(batch, temperature)).utterances) {
            // The end of the text has no language.
            own.subarray(0, -1).forEach((label, row) => {
              sum -= Math.log(Math.max(1e-8, external![row * classes + label]!));
              count += 1;
            });
          }
        }
        return sum / count;
      };
      state = { ...state, temperature: await fitTemperature(nll) };
      return state.temperature;
    },
    async save(folder, scale = 1) {
      await wholeFolder(folder, async (unfinished) => {
        if (targets.length > 0) {
          const { sha256 } = facts;
          await writeAdapter(
            unfinished,
            { rank, alpha, dropout: options.dropout, base: { name: options.model, sha256 } },
            pairsOf(state.weights, layout, targets, rank, scale),
          );
        }
        if (calibrator === null) return;
        await writeCalibrator({
          path: join(unfinished, 'calibrator.safetensors'),
          header: {
            kind: calibrator,
            classes: [...set.classes],
            width: dimensions.width,
            temperature: state.temperature,
            models: [],
          },
          tensors: calibratorTensors(state.weights, layout),
        });
      });
    },
    async writeCheckpoint(file, notes = {}) {
      await writeCheckpoint(file, run, state, notes);
      lastCheckpoint = file;
    },
    async restore(file) {
      const found = await readCheckpoint(file, run, layout.length);
      state = found.state;
      lastCheckpoint = file;
      return found.notes;
    },
    async average(files) {
      const sum = new Float64Array(layout.length);
      for (const file of files) {
        (await readCheckpoint(file, run, layout.length)).state.weights.forEach((value, i) => (sum[i]! += value));
      }
      state = { ...state, weights: Float32Array.from(sum, (value) => value / files.length) };
    },
    async dispose() {
      await graphs.dispose();
      release();
    },
  };

  async function evaluate(batch: readonly TrainingUtterance[], temperature: number): Promise<Evaluation> {
    const shares = check(batch);
    const utterances: UtteranceEvaluation[] = [];
    const losses: Losses[] = [];
    for (const [index, part] of inParts(batch, options.atOnce).entries()) {
      const made = await graphs.run('evaluation', {
        ...(await dataFor('evaluation', part, shares, { step: state.step + 1, part: index })),
        weights: vector(state.weights),
        temperature: scalar(temperature),
      });
      losses.push(lossesIn(made));
      const rows = (name: string) => made[name]?.values as Float32Array | undefined;
      let at = 0;
      for (const utterance of part) {
        const end = at + countedTokens(utterance);
        utterances.push({
          id: utterance.id,
          logProbabilities: rows('logProbability')!.slice(at, end),
          correct: Uint8Array.from(rows('correct')!.subarray(at, end)),
          confidence: rows('confidence')!.slice(at, end),
          internal: rows('internal')!.slice(at * classes, end * classes),
          external: rows('external')?.slice(at * classes, end * classes) ?? null,
          classes: utterance.classes.slice(utterance.promptLength),
        });
        at = end;
      }
    }
    return { losses: losses.reduce(sumOfLosses), tokens: shares.tokens, utterances };
  }
}

function inParts<T>(batch: readonly T[], atOnce: number): (readonly T[])[] {
  const parts = Math.ceil(batch.length / atOnce);
  const size = Math.ceil(batch.length / parts);
  return Array.from({ length: parts }, (_, part) => batch.slice(part * size, (part + 1) * size));
}

function lossesIn(made: Readonly<Record<string, NumberArray>>): Losses {
  return Object.fromEntries(lossNames.map((name) => [name, made[outputOfLoss(name)]!.values[0]!])) as unknown as Losses;
}

function sumOfLosses(a: Losses, b: Losses): Losses {
  return Object.fromEntries(lossNames.map((name) => [name, a[name] + b[name]])) as unknown as Losses;
}
