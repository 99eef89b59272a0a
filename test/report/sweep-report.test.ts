import assert from 'node:assert/strict';
import { from, lastValueFrom } from 'rxjs';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type { WeightSetting } from '../../src/records.ts';
import { isSweep, writeSweepReport } from '../../src/report/sweep-report.ts';
import { folderPerTest } from '../support/folder-per-test.ts';

const setting = (rescore: string, weight: number, errors: number): WeightSetting => ({
  kind: 'weight-setting',
  id: `${rescore}@${weight}`,
  rescore,
  weight,
  otherPolicy: 'class',
  fragmentPolicy: 'inherit',
  lengthPenalty: null,
  scoreWeights: [],
  profile: 'canonical',
  utterances: 50,
  errors,
  units: 400,
  low: (errors - 5) / 400,
  high: (errors + 5) / 400,
  changed: Math.round(10 * weight),
});

describe('the page of a sweep', () => {
  const folder = folderPerTest();

  it('draws a line for each kind of language term, and names the setting with the fewest errors first', async () => {
    const settings = [
      ...[40, 38, 44].map((errors, at) => setting('internal', at / 2, errors)),
      ...[40, 31, 36].map((errors, at) => setting('external', at / 2, errors)),
    ];
    assert.equal(isSweep(folder('.')), false);
    await lastValueFrom(from(settings).pipe(writeArrow({ path: folder('sweep.arrow') })));
    assert.equal(isSweep(folder('.')), true);
    const page = await writeSweepReport(folder('.'));
    assert.match(page, /The fewest errors has <b>external@0\.5<\/b>: 7\.8 % \(95 %: 6\.5 to 9\.0\)/);
    assert.equal([...page.matchAll(/<path class="line" d="M[\d.]+ [\d.]+L[^"]+L[^"]+"/g)].length, 2);
    const rows = [...page.matchAll(/(?:internal|external)@[\d.]+/g)].map(([found]) => found);
    assert.deepEqual(rows.slice(1, 3), ['external@0.5', 'external@1']);
  });
});
