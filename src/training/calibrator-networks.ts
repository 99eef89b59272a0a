/**
 * The calibrators as functions over tensors, to train them; `language/calibrators/trained.ts` computes the same in plain
 * arrays, and `calibrator-file.ts` has the formulas and the names (method-specs 1.5). Matrices are [in, out] here.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { CalibratorKind, CalibratorTensor } from '../language/calibrators/calibrator-file.ts';
import type { RandomNumbers } from '../random-numbers.ts';
import { gelu, type Weights } from '../whisper/layers.ts';
import { reverseAxes } from '../whisper/weights.ts';
import { partOf, type Layout, type Parameter } from './parameters.ts';

/** Features of the query, and of what it reads, of the kind `cross-attention`. */
const attended = 64;
const context = 192;

/** What the classes are read from. */
export interface CalibratorInput {
  /** Behind the last layer norm, [rows, n, width]. */
  readonly states: tf.Tensor3D;
  /** Encoder states, [rows, positions, width]. */
  readonly audio: tf.Tensor3D;
  /** Cross-attention after softmax, mean over the alignment heads: [rows, n, positions]. */
  readonly attention: tf.Tensor3D;
  /** 1 where a position holds audio, else 0: [rows, 1, positions]. */
  readonly heard: tf.Tensor3D;
  /** What scores are divided by. */
  readonly temperature: tf.Scalar;
}

const prefix = 'calibrator.';

/** Uniform within 1 / sqrt(in), as PyTorch's linear maps begin; biases at 0. */
export function calibratorParameters(
  kind: CalibratorKind,
  { width, hidden, classes }: { readonly width: number; readonly hidden: number; readonly classes: number },
  random: (name: string) => RandomNumbers,
): Parameter[] {
  const matrix = (name: string, input: number, output: number): Parameter => ({
    name: `${prefix}${name}.weight`,
    shape: [input, output],
    initial: () => {
      const next = random(name);
      return Float32Array.from({ length: input * output }, () => (2 * next() - 1) / Math.sqrt(input));
    },
  });
  const bias = (name: string, output: number): Parameter => ({
    name: `${prefix}${name}.bias`,
    shape: [output],
    initial: () => new Float32Array(output),
  });
  const head = (input: number) => [matrix('output', input, classes), bias('output', classes)];
  const hiddenLayer = (input: number) => [matrix('hidden', input, hidden), bias('hidden', hidden)];
  switch (kind) {
    case 'acoustic':
      return head(width);
    case 'decoder-state':
      return [...hiddenLayer(width), ...head(hidden)];
    case 'cross-attention':
      return [
        ...['query', 'key', 'value'].map((name) => matrix(name, width, attended)),
        matrix('context', attended, context),
        ...hiddenLayer(width + context),
        ...head(hidden),
      ];
  }
}

/** q of every token: [rows, n, classes]. @param weights Holds the parameters by their names. */
export function calibrate(kind: CalibratorKind, input: CalibratorInput, weights: Weights): tf.Tensor3D {
  const { states, audio, attention, heard, temperature } = input;
  const named = (name: string) => weights.get(`${prefix}${name}`) as tf.Tensor;
  const times = (x: tf.Tensor3D, name: string): tf.Tensor3D => {
    const [rows, n, size] = x.shape;
    const matrix = named(`${name}.weight`) as tf.Tensor2D;
    return tf.reshape(tf.matMul(tf.reshape(x, [rows * n, size]), matrix), [rows, n, matrix.shape[1]]);
  };
  const affine = (x: tf.Tensor3D, name: string) => tf.add<tf.Tensor3D>(times(x, name), named(`${name}.bias`));
  const classes = (x: tf.Tensor3D) => tf.softmax(tf.div<tf.Tensor3D>(affine(x, 'output'), temperature));
  switch (kind) {
    case 'acoustic': {
      const shares = tf.mul<tf.Tensor3D>(attention, heard);
      const sum = tf.maximum(tf.sum(shares, -1, true), 1e-30);
      return tf.matMul(tf.div<tf.Tensor3D>(shares, sum), classes(audio));
    }
    case 'decoder-state':
      return classes(gelu(affine(states, 'hidden')));
    case 'cross-attention': {
      const scores = tf.matMul(times(states, 'query'), times(audio, 'key'), false, true);
      const scaled = tf.add(tf.div(scores, Math.sqrt(attended)), tf.mul(tf.sub(heard, 1), 1e9));
      const read = times(tf.matMul(tf.softmax(scaled as tf.Tensor3D), times(audio, 'value')), 'context');
      return classes(gelu(affine(tf.concat([states, read], -1), 'hidden')));
    }
  }
}

/** The trained parameters as the file holds them, [out, in]. */
export function calibratorTensors(all: Float32Array, { parameters }: Layout): Map<string, CalibratorTensor> {
  return new Map(
    parameters
      .filter(({ name }) => name.startsWith(prefix))
      .map((parameter) => {
        const values = partOf(all, parameter);
        const { shape } = parameter;
        const stored =
          shape.length === 1
            ? { shape, values: values.slice() }
            : { shape: [...shape].reverse(), values: reverseAxes(values, shape) };
        return [parameter.name.slice(prefix.length), stored];
      }),
  );
}
