/**
 * Weights in 8 bits: each output channel (row) of a matrix has one scale, and a weight is scale times a whole number
 * from -127 to 127.
 */

export interface Int8Matrix {
  /** rows x columns. */
  readonly values: Int8Array;
  /** One a row. */
  readonly scales: Float32Array;
}

/** Candidate scales a row, evenly from the one that reaches the largest weight down to half of it. */
const candidates = 64;
/** The search ends after so many candidates in a row that were no better than the best. */
const patience = 8;

/**
 * Quantises a rows x columns matrix. The scale of a row is the one of the candidates with the least sum of squared
 * errors: clipping the few largest weights often costs less than rounding all others coarsely.
 */
export function quantise(matrix: Float32Array, rows: number): Int8Matrix {
  const columns = matrix.length / rows;
  const values = new Int8Array(matrix.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const weights = matrix.subarray(row * columns, (row + 1) * columns);
    const scale = bestScale(weights);
    scales[row] = scale;
    for (let i = 0; i < columns; i++) values[row * columns + i] = rounded((weights[i] as number) / scale);
  }
  return { values, scales };
}

function bestScale(weights: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i] as number));
  if (largest === 0) return 1;
  let best = { candidate: 0, scale: 1, error: Infinity };
  for (let candidate = 0; candidate < candidates && candidate - best.candidate <= patience; candidate++) {
    const scale = Math.fround((largest / 127) * (1 - candidate / (2 * candidates)));
    let error = 0;
    for (let i = 0; i < weights.length && error < best.error; i++) {
      const value = weights[i] as number;
      const difference = value - scale * rounded(value / scale);
      error += difference * difference;
    }
    if (error < best.error) best = { candidate, scale, error };
  }
  return best.scale;
}

function rounded(value: number): number {
  if (value >= 127) return 127;
  if (value <= -127) return -127;
  // Adding and taking away 1.5 x 2^52 rounds a double to a whole number, ties to even.
  return value + 6_755_399_441_055_744 - 6_755_399_441_055_744;
}

/** The floats that the 8-bit weights stand for. */
export function dequantise(values: Int8Array, scales: Float32Array): Float32Array {
  const columns = values.length / scales.length;
  const matrix = new Float32Array(values.length);
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row] as number;
    for (let i = row * columns; i < (row + 1) * columns; i++) matrix[i] = (values[i] as number) * scale;
  }
  return matrix;
}
