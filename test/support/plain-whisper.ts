/**
 * Whisper's networks once more, in plain loops over 64-bit numbers, from the paper's and PyTorch's definitions: what the
 * tensor code is compared with. Rows are arrays of numbers.
 */
import type { Dimensions } from '../../src/whisper/dimensions.ts';

type Row = number[];
type Weights = ReadonlyMap<string, Float32Array>;

/** Abramowitz and Stegun 7.1.5, the Taylor series, and 7.1.14, the continued fraction. */
function erf(x: number): number {
  if (Math.abs(x) < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  const z = Math.abs(x);
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
}
const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const dot = (a: Row, b: Row) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const plus = (a: Row, b: Row) => a.map((value, i) => value + b[i]!);

export function plainWhisper(weights: Weights, dimensions: Dimensions) {
  const get = (name: string) => weights.get(name)!;
  const rowsOf = (name: string, width: number): Row[] =>
    Array.from({ length: get(name).length / width }, (_, i) => [...get(name).subarray(i * width, (i + 1) * width)]);

  const linear = (x: Row[], name: string): Row[] => {
    const kernel = rowsOf(`${name}.weight`, x[0]!.length);
    const bias = weights.get(`${name}.bias`);
    return x.map((row) => kernel.map((weights, out) => dot(row, weights) + (bias?.[out] ?? 0)));
  };
  const layerNorm = (x: Row[], name: string): Row[] =>
    x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map(
        (value, i) =>
          ((value - mean) / Math.sqrt(variance + 1e-5)) * get(`${name}.weight`)[i]! + get(`${name}.bias`)[i]!,
      );
    });
  const convolve = (x: Row[], name: string, stride: number): Row[] => {
    const bias = get(`${name}.bias`);
    const inputs = x[0]!.length;
    const kernel = get(`${name}.weight`);
    return Array.from({ length: Math.floor((x.length - 1) / stride) + 1 }, (_, position) =>
      Array.from(bias, (start, out) => {
        let sum = start;
        for (let tap = 0; tap < 3; tap++) {
          const frame = x[position * stride + tap - 1];
          if (frame !== undefined) frame.forEach((value, i) => (sum += value * kernel[(out * inputs + i) * 3 + tap]!));
        }
        return gelu(sum);
      }),
    );
  };
  /** Scores before softmax are kept in `seen`, head by head. */
  const attention = (
    asking: Row[],
    asked: Row[],
    name: string,
    heads: number,
    causal: boolean,
    seen?: Row[][],
  ): Row[] => {
    const size = dimensions.width / heads;
    const [q, k, v] = [
      linear(asking, `${name}.q_proj`),
      linear(asked, `${name}.k_proj`),
      linear(asked, `${name}.v_proj`),
    ];
    const read = asking.map(() => [] as Row);
    for (let head = 0; head < heads; head++) {
      const part = (row: Row) => row.slice(head * size, (head + 1) * size);
      const scores = q.map((query) => k.map((key) => dot(part(query), part(key)) / Math.sqrt(size)));
      seen?.push(scores);
      scores.forEach((row, i) => {
        const powers = row.map((score, j) => (causal && j > i ? 0 : Math.exp(score - Math.max(...row))));
        const total = powers.reduce((sum, power) => sum + power, 0);
        for (let f = 0; f < size; f++)
          read[i]!.push(powers.reduce((sum, power, j) => sum + (power / total) * part(v[j]!)[f]!, 0));
      });
    }
    return linear(read, `${name}.out_proj`);
  };
  const feedForward = (x: Row[], name: string): Row[] => {
    const inner = linear(layerNorm(x, `${name}.final_layer_norm`), `${name}.fc1`).map((row) => row.map(gelu));
    return linear(inner, `${name}.fc2`).map((row, i) => plus(x[i]!, row));
  };

  return {
    /** @param logMel bands x frames. @returns positions of states. */
    encode(logMel: Float32Array, frames: number): Row[] {
      const spectrum = Array.from({ length: frames }, (_, frame) =>
        Array.from({ length: dimensions.bands }, (_, band) => logMel[band * frames + frame]!),
      );
      const first = convolve(spectrum, 'model.encoder.conv1', 1);
      const positions = rowsOf('model.encoder.embed_positions.weight', dimensions.width);
      let x = convolve(first, 'model.encoder.conv2', 2).map((row, i) => plus(row, positions[i]!));
      for (let layer = 0; layer < dimensions.encoderLayers; layer++) {
        const name = `model.encoder.layers.${layer}`;
        const normal = layerNorm(x, `${name}.self_attn_layer_norm`);
        const read = attention(normal, normal, `${name}.self_attn`, dimensions.encoderHeads, false);
        x = feedForward(
          x.map((row, i) => plus(row, read[i]!)),
          name,
        );
      }
      return layerNorm(x, 'model.encoder.layer_norm');
    },
    /** States and logits of every position, and cross-attention scores [layer][head][token][position]. */
    decode(tokens: readonly number[], states: Row[]): { states: Row[]; logits: Row[]; scores: Row[][][] } {
      const embedding = rowsOf('model.decoder.embed_tokens.weight', dimensions.width);
      const positions = rowsOf('model.decoder.embed_positions.weight', dimensions.width);
      let x = tokens.map((token, i) => plus(embedding[token]!, positions[i]!));
      const scores: Row[][][] = [];
      for (let layer = 0; layer < dimensions.decoderLayers; layer++) {
        const name = `model.decoder.layers.${layer}`;
        const heads = dimensions.decoderHeads;
        const own = layerNorm(x, `${name}.self_attn_layer_norm`);
        const read = attention(own, own, `${name}.self_attn`, heads, true);
        x = x.map((row, i) => plus(row, read[i]!));
        const seen: Row[][] = [];
        const asking = layerNorm(x, `${name}.encoder_attn_layer_norm`);
        const heard = attention(asking, states, `${name}.encoder_attn`, heads, false, seen);
        x = feedForward(
          x.map((row, i) => plus(row, heard[i]!)),
          name,
        );
        scores.push(seen);
      }
      const last = layerNorm(x, 'model.decoder.layer_norm');
      return { states: last, logits: last.map((row) => embedding.map((token) => dot(token, row))), scores };
    },
  };
}
