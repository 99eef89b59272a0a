/** The functions of step-graph.ts as ONNX Runtime computes them: compiled when they are first asked for. */
import * as tf from '@tensorflow/tfjs-core';
import { compile, type CompiledFunction, type NumberArray } from '../tensors/compile/compile.ts';
import { graphFolder } from '../tensors/compile/graph-cache.ts';
import { hashSources } from '../tensors/source-hash.ts';
import type { Provider } from '../tensors/compile/onnx-runtime.ts';
import { findModel } from '../whisper/find-model.ts';
import { openModel } from '../whisper/open-model.ts';
import { loadWeights } from '../whisper/weights.ts';
import {
  baseFunction,
  encoderFunction,
  evaluationFunction,
  gradientFunction,
  stepFunction,
  updateFunction,
} from './step-graph.ts';
import type { StepFunction, StepPlan } from './step-plan.ts';
import type { TrainerOptions } from './trainer-options.ts';

const stepFunctions = {
  step: stepFunction,
  gradient: gradientFunction,
  update: updateFunction,
  evaluation: evaluationFunction,
  base: baseFunction,
  encoder: encoderFunction,
};

export type StepName = keyof typeof stepFunctions;

/**
 * What training and checking do not need at the same time. Each session has the weights of the base and the memory of its
 * longest run, which together would be more than a step needs; opened again from the disk it takes a second.
 */
const apart: Partial<Record<StepName, readonly StepName[]>> = {
  evaluation: ['step', 'gradient', 'update', 'base'],
  step: ['evaluation'],
  gradient: ['evaluation'],
};

/** What needs little beside a step, and keeps nothing of it. */
const seldom: readonly StepName[] = ['evaluation', 'base', 'encoder'];

/** The gradient reads the softmax that the fusion hides, so it would be computed twice (docs/compiler.md, Passes). */
const unfused = ['fuseAttention'] as const;

/**
 * The softmax over the vocabulary and its gradient: rows of probabilities, of which 8 bits would hold those alone that are at
 * least 1/254 of the largest.
 */
const inFloats = ['model.decoder.embed_tokens.weight'] as const;

export interface CompiledSteps {
  readonly inputsOf: (name: StepName) => StepFunction['inputs'];
  /** Calls must not overlap. @throws what loading the base and compiling throw, the first time. */
  run(name: StepName, inputs: Readonly<Record<string, NumberArray>>): Promise<Record<string, NumberArray>>;
  dispose(): Promise<void>;
}

/** @param sha256 Of the base's weights. */
export function compiledSteps(
  given: Omit<StepPlan, 'base'>,
  sha256: string,
  provider: Provider,
  options: TrainerOptions & { readonly note?: (message: string) => void; readonly signal?: AbortSignal },
): CompiledSteps {
  /** The base, only while a function is compiled: what was compiled holds it too. */
  const base = new Map<string, tf.Tensor>();
  const plan: StepPlan = { ...given, base };
  const { model, precision, calibratorHidden: hidden, cacheFolder, note, signal } = options;

  async function readBase(): Promise<void> {
    const { source } = await openModel(await findModel(model, options), model);
    try {
      const read = await loadWeights(source, plan.dimensions, { precision, inFloats, ...(signal && { signal }) });
      for (const [name, tensor] of read) base.set(name, tensor);
    } finally {
      await source.close();
    }
  }

  function dropBase(): void {
    tf.dispose([...base.values()]);
    base.clear();
  }

  const kept = {
    cache: { folder: graphFolder(cacheFolder), ...(note !== undefined && { note }) },
    title: `${model}, training`,
    facts: {
      ...{ ...given, base: sha256, layout: null, dropout: given.dropout > 0, hidden, precision },
      sources: (['whisper', 'training'] as const).map(hashSources),
    },
  };
  const open = new Map<StepName, CompiledFunction>();

  async function close(name: StepName): Promise<void> {
    const one = open.get(name);
    open.delete(name);
    await one?.dispose();
  }

  async function opened(name: StepName): Promise<CompiledFunction> {
    const found = open.get(name);
    if (found !== undefined) return found;
    for (const other of apart[name] ?? []) await close(other);
    const { fn, inputs } = stepFunctions[name](plan);
    const made = await compile(fn, inputs, {
      ...{ provider, without: unfused, training: true, keepsMemory: !seldom.includes(name) },
      ...{ kept, name, beforeTrace: readBase },
    }).finally(dropBase);
    open.set(name, made);
    return made;
  }

  return {
    inputsOf: (name) => stepFunctions[name](plan).inputs,
    run: async (name, inputs) => (await opened(name)).run(inputs),
    async dispose() {
      for (const name of [...open.keys()]) await close(name);
    },
  };
}
