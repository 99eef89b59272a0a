import assert from 'node:assert/strict';
import { from, lastValueFrom, toArray } from 'rxjs';
import { specAugment } from '../../src/operators/spec-augment.ts';
import type { LogMel } from '../../src/records.ts';
import { origin } from '../support/sample-records.ts';

const heard = (id: string): LogMel => ({
  kind: 'log-mel',
  id,
  origin,
  values: Float32Array.from({ length: 80 * 100 }, (_, index) => Math.sin(index)),
  tail: new Float32Array(320),
  bands: 80,
  frames: 100,
});
const masked = (ids: readonly string[], options = {}): Promise<LogMel[]> =>
  lastValueFrom(from(ids.map(heard)).pipe(specAugment(options), toArray()));

describe('spec-augment', () => {
  const ids = Array.from({ length: 30 }, (_, index) => `u${index}`);

  it('draws by seed and id alone', async () => {
    const first = await masked(ids);
    assert.deepEqual((await masked([...ids].reverse())).reverse(), first);
    assert.notDeepEqual(await masked(ids, { seed: 2 }), first);
  });

  it('masks the share that is asked for, and passes the rest on as it came', async () => {
    const whole = heard('x').values;
    const changed = (all: readonly LogMel[]) =>
      all.filter(({ values }) => values.some((each, at) => each !== whole[at]));
    assert.equal(changed(await masked(ids, { share: 0 })).length, 0);
    assert.ok(changed(await masked(ids, { share: 0.5 })).length < 25);
    assert.ok(changed(await masked(ids)).length > 25);
  });
});
