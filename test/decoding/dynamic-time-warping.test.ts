import assert from 'node:assert/strict';
import fc from 'fast-check';
import { medianFilter } from '../../src/decoding/attention-map.ts';
import { dynamicTimeWarping } from '../../src/decoding/dynamic-time-warping.ts';

describe('dynamic time warping', () => {
  /** The least cost of all paths, by trying them. */
  function cheapest(costs: Float32Array, rows: number, columns: number, i = 0, j = 0): number {
    const here = costs[i * columns + j]!;
    if (i === rows - 1 && j === columns - 1) return here;
    const ways = [
      ...(i + 1 < rows ? [cheapest(costs, rows, columns, i + 1, j)] : []),
      ...(j + 1 < columns ? [cheapest(costs, rows, columns, i, j + 1)] : []),
      ...(i + 1 < rows && j + 1 < columns ? [cheapest(costs, rows, columns, i + 1, j + 1)] : []),
    ];
    return here + Math.min(...ways);
  }

  /** Whether two ways to one cell cost the same. */
  function ties(costs: Float32Array, columns: number): boolean {
    const to = (i: number, j: number): number => {
      if (i < 0 || j < 0) return Infinity;
      const here = costs[i * columns + j]!;
      return i + j === 0 ? here : here + Math.min(...waysTo(i, j));
    };
    const waysTo = (i: number, j: number) => [to(i - 1, j - 1), to(i - 1, j), to(i, j - 1)];
    return costs.some((_, cell) => {
      const [least, next] = waysTo(Math.floor(cell / columns), cell % columns).sort((a, b) => a - b);
      return least! < Infinity && next! - least! < 1;
    });
  }

  // The costs differ: where they tie, openai-whisper's rule is followed, which is not always the cheapest.
  it('takes the cheapest of all paths from the first to the last cell', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.infiniteStream(fc.integer({ min: -(2 ** 20), max: 2 ** 20 })),
        (rows, columns, values) => {
          const costs = Float32Array.from({ length: rows * columns }, () => values.next().value as number);
          fc.pre(!ties(costs, columns));
          const path = dynamicTimeWarping(costs, rows, columns);
          const last = path.rows.length - 1;
          assert.deepEqual([path.rows[0], path.columns[0]], [0, 0]);
          assert.deepEqual([path.rows[last], path.columns[last]], [rows - 1, columns - 1]);
          let sum = costs[0]!;
          for (let k = 1; k <= last; k++) {
            const [down, right] = [path.rows[k]! - path.rows[k - 1]!, path.columns[k]! - path.columns[k - 1]!];
            assert.ok(down >= 0 && down <= 1 && right >= 0 && right <= 1 && down + right > 0);
            sum += costs[path.rows[k]! * columns + path.columns[k]!]!;
          }
          assert.ok(sum <= cheapest(costs, rows, columns) + 1);
        },
      ),
    );
  });
});

describe('the median filter', () => {
  it('gives the middle of the sorted neighbours, mirrored at the ends', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 4, maxLength: 40, noNaN: true }), (row) => {
        const mirrored = (i: number): number => row[i < 0 ? -i : i >= row.length ? 2 * row.length - 2 - i : i]!;
        const expected = row.map((_, i) => Float32Array.from({ length: 7 }, (__, k) => mirrored(i + k - 3)).sort()[3]!);
        assert.deepEqual(
          medianFilter(row, 7).map((v) => v + 0),
          expected.map((v) => v + 0),
        );
      }),
    );
    assert.deepEqual(medianFilter(Float32Array.of(3, 1, 2), 7), Float32Array.of(3, 1, 2));
  });

  it('comes to an end where numbers are none', () => {
    const row = Float32Array.of(1, 2, 3, NaN, 5, 6, 7, 8, 9);
    assert.equal(medianFilter(row, 7).length, row.length);
  });
});
