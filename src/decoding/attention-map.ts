/** From the cross-attention of a model's alignment heads to one matrix of tokens against time. */
import type { Alignment } from '../whisper/speech-model.ts';

/** Positions under the median filter. */
const filterWidth = 7;

/**
 * Softmax over time, standardised over tokens, median-filtered over time, averaged over heads (openai-whisper
 * whisper/timing.py, `find_alignment`).
 * @param positions How many encoder positions hold audio; at least 1.
 * @returns tokens x positions; large where a token was heard.
 */
export function attentionMap(alignment: Alignment, positions: number): Float32Array {
  const { scores, heads, tokens, positions: stride } = alignment;
  const mean = new Float32Array(tokens * positions);
  for (let head = 0; head < heads; head++) {
    const weights = new Float32Array(tokens * positions);
    for (let token = 0; token < tokens; token++) {
      const from = (head * tokens + token) * stride;
      softmax(scores.subarray(from, from + positions), weights.subarray(token * positions, (token + 1) * positions));
    }
    standardise(weights, tokens, positions);
    for (let token = 0; token < tokens; token++) {
      const row = weights.subarray(token * positions, (token + 1) * positions);
      const filtered = medianFilter(row, filterWidth);
      for (let i = 0; i < positions; i++) mean[token * positions + i]! += filtered[i]! / heads;
    }
  }
  return mean;
}

function softmax(scores: Float32Array, weights: Float32Array): void {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  scores.forEach((score, i) => (sum += weights[i] = Math.exp(score - largest)));
  for (let i = 0; i < weights.length; i++) weights[i]! /= sum;
}

/** Takes mean 0 and deviation 1 over the tokens at each position; where all tokens weigh the same, 0. */
function standardise(weights: Float32Array, tokens: number, positions: number): void {
  const means = new Float64Array(positions);
  const deviations = new Float64Array(positions);
  for (let i = 0; i < weights.length; i++) means[i % positions]! += weights[i]!;
  for (let position = 0; position < positions; position++) means[position]! /= tokens;
  for (let i = 0; i < weights.length; i++) deviations[i % positions]! += (weights[i]! - means[i % positions]!) ** 2;
  for (let position = 0; position < positions; position++)
    deviations[position] = Math.sqrt(deviations[position]! / tokens);
  for (let i = 0; i < weights.length; i++) {
    const deviation = deviations[i % positions]!;
    weights[i] = deviation === 0 ? 0 : (weights[i]! - means[i % positions]!) / deviation;
  }
}

/** Median of `width` (odd) neighbours, mirrored at the ends; a row no longer than half of it is left alone. */
export function medianFilter(row: Float32Array, width: number): Float32Array {
  const half = (width - 1) / 2;
  if (row.length <= half) return row;
  const last = row.length - 1;
  const at = (i: number): number => row[i < 0 ? -i : i > last ? 2 * last - i : i]!;
  const medians = new Float32Array(row.length);
  // The neighbours in order: of one place and the next all but two are the same.
  const neighbours = Float32Array.from({ length: width }, (_, k) => at(k - half)).sort();
  for (let i = 0; i <= last; i++) {
    medians[i] = neighbours[half]!;
    if (i === last) break;
    const leaves = at(i - half);
    const comes = at(i + half + 1);
    let place = 0;
    // Where numbers are none it is nowhere.
    while (place < width - 1 && neighbours[place] !== leaves) place++;
    for (; place > 0 && neighbours[place - 1]! > comes; place--) neighbours[place] = neighbours[place - 1]!;
    for (; place < width - 1 && neighbours[place + 1]! < comes; place++) neighbours[place] = neighbours[place + 1]!;
    neighbours[place] = comes;
  }
  return medians;
}
