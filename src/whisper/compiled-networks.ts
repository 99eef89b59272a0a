/**
 * Whisper's networks as ONNX Runtime computes them: the pure functions of encoder.ts and decoder.ts, compiled. One
 * session a network serves every number of rows, tokens and positions.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  compile,
  type CompiledFunction,
  type Inputs,
  type InputType,
  type Traceable,
} from '../tensors/compile/compile.ts';
import { decode, encodeKeysAndValues, headScores, meanAttention, project } from './decoder.ts';
import type { Dimensions } from './dimensions.ts';
import { encode } from './encoder.ts';
import type { KeysAndValues, Weights } from './layers.ts';

export interface CompiledNetworks {
  /** `logMel` [rows, bands, 2 positions] to `states` [rows, positions, width]. */
  readonly encoder: CompiledFunction;
  /** `states` [1, positions, width] to cross-attention's `audioKeys0`, `audioValues0`, ...: [1, heads, positions, features]. */
  readonly audio: CompiledFunction;
  /**
   * `tokens` [rows, n], `pastKeys0`, `pastValues0`, ... [rows, heads, past, features], `audioKeys0`, ... and `wanted`,
   * flat indices into the tokens, to `logits`, `logProbabilities`, `states` and `attention` behind those wanted, `newKeys0`, ...
   * [rows, heads, n, features], and `scores` [alignment heads, rows * n, positions] before softmax.
   */
  readonly decoder: CompiledFunction;
}

/**
 * @param weights Tensors of the recording backend.
 * @param alignmentHeads Pairs of a layer and a head.
 */
export async function compileNetworks(
  weights: Weights,
  dimensions: Dimensions,
  alignmentHeads: readonly (readonly [number, number])[],
): Promise<CompiledNetworks> {
  const { encoder, audio, decoder } = networkFunctions(weights, dimensions, alignmentHeads);
  return {
    encoder: await compile(encoder.fn, encoder.inputs),
    audio: await compile(audio.fn, audio.inputs),
    decoder: await compile(decoder.fn, decoder.inputs),
  };
}

interface NetworkFunction {
  readonly fn: Traceable;
  readonly inputs: Inputs;
}

/** What `compileNetworks` compiles. */
export function networkFunctions(
  weights: Weights,
  dimensions: Dimensions,
  alignmentHeads: readonly (readonly [number, number])[],
): Record<keyof CompiledNetworks, NetworkFunction> {
  const { bands, width, decoderLayers: layers, decoderHeads: heads } = dimensions;
  const float = (...shape: InputType['shape']): InputType => ({ type: 'float32', shape });
  return {
    encoder: {
      fn: ({ logMel }) => ({ states: encode(logMel as tf.Tensor3D, weights, dimensions) }),
      inputs: { logMel: float('rows', bands, { times: 2, name: 'positions' }) },
    },
    audio: {
      fn: ({ states }) => named('audio', encodeKeysAndValues(states as tf.Tensor3D, weights, dimensions)),
      inputs: { states: float(1, 'positions', width) },
    },
    decoder: {
      fn: ({ tokens, wanted, ...cache }) => {
        const past = layersOf(layers, 'past', cache);
        const step = decode(tokens as tf.Tensor2D, past, layersOf(layers, 'audio', cache), weights, dimensions);
        const choose = (flat: tf.Tensor2D) => tf.gather(flat, wanted as tf.Tensor1D);
        const [rows, n] = (tokens as tf.Tensor2D).shape;
        const states = choose(tf.reshape(step.states, [rows * n, width]));
        const logits = project(tf.expandDims(states, 0), weights);
        return {
          logits,
          logProbabilities: tf.logSoftmax(logits),
          states,
          attention: choose(meanAttention(step, alignmentHeads)),
          scores: tf.stack(headScores(step.crossScores, alignmentHeads)),
          ...named('new', step.present),
        };
      },
      inputs: {
        tokens: { type: 'int32', shape: ['rows', 'n'] },
        wanted: { type: 'int32', shape: ['wanted'] },
        ...perLayer(layers, 'past', float('rows', heads, 'past', width / heads)),
        ...perLayer(layers, 'audio', float(1, heads, 'positions', width / heads)),
      },
    },
  };
}

/** Inputs `audioKeys0`, `audioValues0` and so on. */
function perLayer(layers: number, what: string, type: InputType): Inputs {
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [`${what}Keys${layer}`, `${what}Values${layer}`])
      .flat()
      .map((name) => [name, type]),
  );
}

function named(what: string, layers: readonly KeysAndValues[]): Record<string, tf.Tensor> {
  return Object.fromEntries(
    layers.flatMap(({ keys, values }, layer) => [
      [`${what}Keys${layer}`, keys],
      [`${what}Values${layer}`, values],
    ]),
  );
}

function layersOf(layers: number, what: string, tensors: Readonly<Record<string, tf.Tensor>>): KeysAndValues[] {
  return Array.from({ length: layers }, (_, layer) => ({
    keys: tensors[`${what}Keys${layer}`] as tf.Tensor4D,
    values: tensors[`${what}Values${layer}`] as tf.Tensor4D,
  }));
}
