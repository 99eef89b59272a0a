/** The little linear algebra of a calibrator, over plain arrays in 64-bit sums: its matrices are too small for tensors. */

/** rows x columns, row after row, and a number for each row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly bias: Float32Array | null;
}

/** W x + b. */
export function affine({ rows, columns, values, bias }: Matrix, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = bias?.[row] ?? 0;
    for (let column = 0; column < columns; column++) sum += values[row * columns + column]! * x[column]!;
    y[row] = sum;
  }
  return y;
}

export function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** x Phi(x), with the error function to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
export function gelu(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - series * Math.exp(-z * z);
  return 0.5 * x * (1 + Math.sign(x) * erf);
}
