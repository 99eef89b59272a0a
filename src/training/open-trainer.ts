/** A trainer whose steps ONNX Runtime computes. See trainer.ts for what it promises. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.ts';
import { writeCalibrator } from '../language/calibrators/calibrator-file.ts';
import type { LanguageSet } from '../language/language-set.ts';
import { tokenLanguages, type TokenLanguages } from '../language/token-language.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import { modelHash } from '../tables/provenance.ts';
import { chooseDevice } from '../tensors/backend.ts';
import { compile, type CompiledFunction, type NumberArray } from '../tensors/compile/compile.ts';
import { graphFolder } from '../tensors/compile/graph-cache.ts';
import { hashSources } from '../tensors/compile/kept-graph.ts';
import { providers, type Provider } from '../tensors/compile/onnx-runtime.ts';
import { writeAdapter } from '../whisper/adapter-file.ts';
import { wholeFolder } from '../whisper/export-folder.ts';
import { findModel } from '../whisper/find-model.ts';
import { openModel, type OpenModel } from '../whisper/open-model.ts';
import { loadWeights } from '../whisper/weights.ts';
import { alignmentHeads } from '../whisper/whisper-model.ts';
import { pairsOf, startingNumbers } from './adapter-numbers.ts';
import {
  checkUtterance,
  countedTokens,
  heardOf,
  isMonolingual,
  logMelOf,
  sharesOf,
  tokensOf,
  type StepShares,
} from './batch.ts';
import { calibratorParameters, calibratorTensors } from './calibrator-networks.ts';
import { checkOptions, chosenTargets, decisive } from './check-options.ts';
import { readCheckpoint, writeCheckpoint, type TrainingState } from './checkpoint.ts';
import { encoderCache } from './encoder-cache.ts';
import { fitTemperature } from './fit-temperature.ts';
import { lossNames, lossOptionsOf } from './losses.ts';
import { lowRankParameters } from './low-rank.ts';
import { noiseOf } from './noise.ts';
import { initialNumbers, layoutOf } from './parameters.ts';
import { learningRateAt } from './schedule.ts';
import {
  baseFunction,
  bestOfBase,
  encoderFunction,
  evaluationFunction,
  gradientFunction,
  outputOfLoss,
  stepFunction,
  updateFunction,
  type StepFunction,
  type StepPlan,
} from './step-graph.ts';
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

/** What a step is made of, by the name under which it is compiled when it is first asked for. */
const stepFunctions = {
  step: stepFunction,
  gradient: gradientFunction,
  update: updateFunction,
  evaluation: evaluationFunction,
  base: baseFunction,
  encoder: encoderFunction,
};

type GraphName = keyof typeof stepFunctions;

/** How much of the smoothed loss the last step is. */
const newest = 0.1;

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
  /** The base, only while a function is compiled: what was compiled holds it too. */
  const weights = new Map<string, tf.Tensor>();
  const readBase = async () => {
    const { source } = await openModel(await findModel(options.model, options), options.model);
    try {
      const read = await loadWeights(source, dimensions, { ...(signal && { signal }) });
      for (const [name, tensor] of read) weights.set(name, tensor);
    } finally {
      await source.close();
    }
  };
  const dropBase = () => {
    tf.dispose([...weights.values()]);
    weights.clear();
  };
  const tokenClasses = classMatrix(languages);
  const frozenEncoder = options.encoderCache !== null;
  const plan: StepPlan = {
    dimensions,
    base: weights,
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
    frozenEncoder,
  };

  const kept = {
    cache: { folder: graphFolder(options.cacheFolder), ...(note !== undefined && { note }) },
    title: `${options.model}, training`,
    facts: {
      ...{ ...plan, base: facts.sha256, layout: null, dropout: options.dropout > 0 },
      hidden: options.calibratorHidden,
      sources: ['../whisper/', './'].map((folder) => hashSources(new URL(folder, import.meta.url))),
    },
  };
  const compiled = new Map<GraphName, Promise<CompiledFunction>>();
  const inputsOf = (name: GraphName) => stepFunctions[name](plan).inputs;
  // One after another: the base is in memory for as long as one of them is compiled.
  let compiling: Promise<unknown> = Promise.resolve();
  const graph = (name: GraphName): Promise<CompiledFunction> => {
    const found = compiled.get(name);
    if (found !== undefined) return found;
    const { fn, inputs } = stepFunctions[name](plan);
    const made = compiling.then(() =>
      compile(fn, inputs, { provider, without: unfused, training: true, kept, name, beforeTrace: readBase }).finally(
        dropBase,
      ),
    );
    compiling = made.catch(() => undefined);
    compiled.set(name, made);
    return made;
  };

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
  const sizes = { features: targets.reduce((sum, { input }) => sum + input, 0), narrow: targets.length * rank };

  const keptStates =
    options.encoderCache === null
      ? null
      : encoderCache(options.encoderCache, facts.sha256, dimensions.width, async (utterance) => {
          const { states } = await (await graph('encoder')).run({ logMel: logMelOf([utterance], dimensions) });
          return states!.values as Float32Array;
        });

  /** What a graph reads of utterances; of what is made here it takes what it has an input for. */
  const dataFor = async (
    inputs: StepFunction['inputs'],
    batch: readonly TrainingUtterance[],
    shares: StepShares,
    part: number,
  ): Promise<Record<string, NumberArray>> => {
    const logMel = logMelOf(batch, dimensions);
    const positions = logMel.shape[2]! / 2;
    const made: Record<string, NumberArray> = {
      logMel,
      tokenClasses,
      ...tokensOf(batch, shares, languages, options.publishedLoss),
      heard: heardOf(batch, positions),
      ...noiseOf(
        inputs,
        sizes,
        { seed: options.seed, step: state.step + 1, part },
        options.dropout,
        batch.length,
        logMel,
      ),
    };
    if (keptStates !== null) Object.assign(made, await keptStates(batch));
    if ('baseTokens' in inputs) Object.assign(made, await baseOf(batch, made));
    return Object.fromEntries(Object.entries(made).filter(([name]) => name in inputs));
  };

  /** The base's most probable tokens of guards; probabilities of other utterances are 0. */
  const baseOf = async (batch: readonly TrainingUtterance[], data: Record<string, NumberArray>) => {
    const counted = batch.map(countedTokens);
    const shape = [counted.reduce((a, b) => a + b, 0), bestOfBase];
    const nothing = {
      baseTokens: { values: new Int32Array(shape[0]! * bestOfBase), shape },
      baseProbabilities: { values: new Float32Array(shape[0]! * bestOfBase), shape },
    };
    const isGuard = (one: TrainingUtterance) => one.guard ?? isMonolingual(one, classes - 1);
    if (!batch.some(isGuard)) return nothing;
    const base = await graph('base');
    const fed = Object.fromEntries(Object.keys(inputsOf('base')).map((name) => [name, data[name]!]));
    const { best, probabilities } = await base.run(fed);
    const values = probabilities!.values as Float32Array;
    let at = 0;
    batch.forEach((one, index) => {
      const end = at + counted[index]! * bestOfBase;
      if (!isGuard(one)) values.fill(0, at, end);
      at = end;
    });
    return { baseTokens: { values: best!.values, shape }, baseProbabilities: { values, shape } };
  };

  const check = (batch: readonly TrainingUtterance[]) => {
    if (batch.length === 0) throw new Error('A batch has at least one utterance.');
    for (const utterance of batch) checkUtterance(utterance, dimensions);
    return sharesOf(batch, classes);
  };

  /** @throws UsageError `training` where the loss has gone astray; else what the smoothed loss and its best are now. */
  const watched = (total: number, norm: number, ids: readonly string[]) => {
    const { smoothed, best, step } = state;
    const now = smoothed === null ? total : (1 - newest) * smoothed + newest * total;
    const astray =
      !Number.isFinite(total) || !Number.isFinite(norm)
        ? `has the loss ${total} and a gradient of norm ${norm}`
        : best !== null && now > best + options.maxRise
          ? `brings the smoothed loss to ${now.toFixed(3)}, ${(now - best).toFixed(3)} above its best`
          : null;
    if (astray === null) return { smoothed: now, best: Math.min(best ?? now, now) };
    throw new UsageError(
      'training',
      `Training has diverged: step ${step + 1} ${astray}. Its utterances: ${ids.join(', ')}. ${
        lastCheckpoint === null ? 'No checkpoint was written' : `The last good checkpoint is ${lastCheckpoint}`
      }; lower learningRate or clip.`,
    );
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
        const whole = await graph('step');
        made = await whole.run({ ...(await dataFor(inputsOf('step'), batch, shares, 0)), ...current });
        losses = lossesIn(made);
      } else {
        const descend = await graph('gradient');
        const gradient = new Float32Array(layout.length);
        const each: Losses[] = [];
        for (const [index, part] of parts.entries()) {
          const found = await descend.run({
            ...(await dataFor(inputsOf('gradient'), part, shares, index)),
            weights: current.weights,
          });
          each.push(lossesIn(found));
          const { values } = found['gradient']!;
          for (let i = 0; i < gradient.length; i++) gradient[i]! += values[i]!;
        }
        losses = each.reduce(sumOfLosses);
        made = await (await graph('update')).run({ ...current, gradient: vector(gradient) });
      }
      const ids = batch.map(({ id }) => id);
      const gradientNorm = made['norm']!.values[0]!;
      const watch = watched(losses.total, gradientNorm, ids);
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
      for (const one of compiled.values()) await (await one).dispose();
      release();
    },
  };

  async function evaluate(batch: readonly TrainingUtterance[], temperature: number): Promise<Evaluation> {
    const shares = check(batch);
    const forward = await graph('evaluation');
    const utterances: UtteranceEvaluation[] = [];
    const losses: Losses[] = [];
    for (const [index, part] of inParts(batch, options.atOnce).entries()) {
      const made = await forward.run({
        ...(await dataFor(inputsOf('evaluation'), part, shares, index)),
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

/** The gradient reads the softmax that the fusion hides, so it would be computed twice (docs/compiler.md, Passes). */
const unfused = ['fuseAttention'] as const;

/** [vocabulary, classes + 1] of 0 and 1: the class of each token; the last are those that go on with a character. */
function classMatrix({ classes, set }: TokenLanguages): NumberArray {
  const columns = set.classes.length + 1;
  const values = new Float32Array(classes.length * columns);
  classes.forEach((index, token) => (values[token * columns + index] = 1));
  return { values, shape: [classes.length, columns] };
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
