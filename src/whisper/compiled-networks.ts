/**
 * Whisper's networks as ONNX Runtime computes them: the pure functions of encoder.ts and decoder.ts, compiled. One
 * session a network serves every number of utterances, rows, tokens and positions.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  compile,
  type CompiledFunction,
  type CompileOptions,
  type Inputs,
  type InputType,
  type Traceable,
} from '../tensors/compile/compile.ts';
import { decode, encodeKeysAndValues, headScores, meanAttention } from './decoder.ts';
import { decoderHead, headInputs } from './decoder-head.ts';
import type { Dimensions } from './dimensions.ts';
import { encode } from './encoder.ts';
import type { KeysAndValues, Weights } from './layers.ts';

export interface CompiledNetworks {
  /** `logMel` [rows, bands, 2 positions] to `states` [rows, positions, width]. */
  readonly encoder: CompiledFunction;
  /** `states` [1, positions, width] to cross-attention's `audioKeys0`, `audioValues0`, ...: [1, heads, positions, features]. */
  readonly audio: CompiledFunction;
  /**
   * What `DecoderInput` (decoder.ts) holds: `tokens`, `places`, `among`, `pastKeys0`, `pastValues0`, ..., `pastMask`,
   * `audioKeys0`, ..., `audioMask`; `wanted` [paths, prompts], flat indices into the tokens; and the head's inputs
   * (decoder-head.ts). Gives what the head says behind those wanted, `states` [paths, prompts, width] and `attention`
   * [paths, prompts, positions] there, `newKeys0`, ... of all tokens, and `scores` [alignment heads, utterances, rows,
   * positions] before softmax.
   */
  readonly decoder: CompiledFunction;
}

/**
 * @param weights Tensors of the recording backend.
 * @param alignmentHeads Pairs of a layer and a head.
 * @param endOfText Id behind the last ordinary token.
 */
export async function compileNetworks(
  weights: Weights,
  dimensions: Dimensions,
  alignmentHeads: readonly (readonly [number, number])[],
  endOfText: number,
  options: CompileOptions = {},
): Promise<CompiledNetworks> {
  const { encoder, audio, decoder } = networkFunctions(weights, dimensions, alignmentHeads, endOfText);
  return {
    encoder: await compile(encoder.fn, encoder.inputs, { ...options, name: 'encoder' }),
    // Nearly all that it takes are its outputs, which the runtime copies: 38 MB that would wait for the next window.
    audio: await compile(audio.fn, audio.inputs, { ...options, name: 'audio', keepsMemory: false }),
    decoder: await compile(decoder.fn, decoder.inputs, { ...options, name: 'decoder' }),
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
  endOfText: number,
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
      fn: ({ tokens, places, among, pastMask, audioMask, wanted, ...rest }) => {
        const input = {
          tokens: tokens as tf.Tensor2D,
          places: places as tf.Tensor2D,
          among: among as tf.Tensor4D,
          past: { layers: layersOf(layers, 'past', rest), mask: pastMask as tf.Tensor4D },
          audio: layersOf(layers, 'audio', rest),
          audioMask: audioMask as tf.Tensor4D,
        };
        const step = decode(input, weights, dimensions);
        const choose = (perToken: tf.Tensor3D): tf.Tensor3D => {
          const [utterances, rows, size] = perToken.shape;
          return tf.gather(
            tf.reshape<tf.Rank>(perToken, [utterances * rows, size]),
            wanted as tf.Tensor2D,
          ) as tf.Tensor3D;
        };
        const states = choose(step.states);
        return {
          ...decoderHead(states, rest, weights, dimensions, endOfText),
          states,
          attention: choose(meanAttention(step, input.audioMask, alignmentHeads)),
          scores: tf.stack(headScores(step.crossScores, alignmentHeads)),
          ...named('new', step.present),
        };
      },
      inputs: {
        tokens: { type: 'int32', shape: ['utterances', 'rows'] },
        places: { type: 'int32', shape: ['utterances', 'rows'] },
        among: float('utterances', 1, 'rows', 'rows'),
        pastMask: float('utterances', 1, 'rows', 'pool'),
        audioMask: float('utterances', 1, 1, 'positions'),
        wanted: { type: 'int32', shape: ['paths', 'prompts'] },
        ...perLayer(layers, 'past', float('utterances', heads, 'pool', width / heads)),
        ...perLayer(layers, 'audio', float('utterances', heads, 'positions', width / heads)),
        ...headInputs(endOfText),
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
