import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { melFilters } from '../../src/audio/mel-filters.ts';

interface Golden {
  readonly filters: readonly {
    readonly bands: number;
    readonly cells: readonly (readonly [number, number, number])[];
  }[];
}

describe('melFilters', () => {
  const golden = JSON.parse(readFileSync('fixtures/golden/mel-filters.json', 'utf8')) as Golden;
  for (const { bands, cells } of golden.filters) {
    it(`gives the ${bands} filters of librosa, cell by cell, to 1e-9`, () => {
      const { starts, offsets, weights } = melFilters(bands, 400, 16_000);
      const ours = new Map<string, number>();
      for (let band = 0; band < bands; band++) {
        for (let i = offsets[band]!; i < offsets[band + 1]!; i++) {
          ours.set(`${band},${starts[band]! + i - offsets[band]!}`, weights[i]!);
        }
      }
      for (const [band, bin, weight] of cells) {
        assert.ok(Math.abs((ours.get(`${band},${bin}`) ?? 0) - weight) < 1e-9, `band ${band}, bin ${bin}`);
        ours.delete(`${band},${bin}`);
      }
      assert.ok(
        [...ours.values()].every((weight) => Math.abs(weight) < 1e-9),
        'weights that librosa does not have',
      );
    });
  }
});
