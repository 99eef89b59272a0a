/**
 * Dynamic time warping as openai-whisper's timing.py has it, ties included: where two ways cost the same it goes right,
 * even if that costs more. Attention never ties.
 */

/** A path through a matrix: the row and the column of each of its points, both never decreasing. */
export interface WarpingPath {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

const diagonal = 0;
const down = 1;
const right = 2;

/**
 * The path from the first to the last cell with the least sum of costs.
 * @param costs rows x columns, both at least 1.
 */
export function dynamicTimeWarping(costs: Float32Array, rows: number, columns: number): WarpingPath {
  const stride = columns + 1;
  const total = new Float32Array((rows + 1) * stride).fill(Infinity);
  const steps = new Uint8Array(total.length);
  total[0] = 0;
  for (let i = 1; i <= rows; i++) {
    for (let j = 1; j <= columns; j++) {
      const here = i * stride + j;
      const fromDiagonal = total[here - stride - 1]!;
      const fromAbove = total[here - stride]!;
      const fromLeft = total[here - 1]!;
      let least = fromLeft;
      let step = right;
      if (fromDiagonal < fromAbove && fromDiagonal < fromLeft) [least, step] = [fromDiagonal, diagonal];
      else if (fromAbove < fromDiagonal && fromAbove < fromLeft) [least, step] = [fromAbove, down];
      total[here] = costs[(i - 1) * columns + j - 1]! + least;
      steps[here] = step;
    }
  }
  return backtrace(steps, rows, columns);
}

function backtrace(steps: Uint8Array, rows: number, columns: number): WarpingPath {
  const stride = columns + 1;
  const rowsReversed: number[] = [];
  const columnsReversed: number[] = [];
  for (let i = rows, j = columns; i > 0 || j > 0;) {
    rowsReversed.push(i - 1);
    columnsReversed.push(j - 1);
    // On the border there is one way left.
    const step = i === 0 ? right : j === 0 ? down : steps[i * stride + j]!;
    if (step !== right) i--;
    if (step !== down) j--;
  }
  return { rows: Int32Array.from(rowsReversed.reverse()), columns: Int32Array.from(columnsReversed.reverse()) };
}
