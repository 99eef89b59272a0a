import assert from 'node:assert/strict';
import { joinLeases, Lease } from '../../../src/graphs/running/lease.ts';

/** A lease whose end is written down. */
function watched(parents: readonly Lease[] = []): { lease: Lease; ends: string[] } {
  const ends: string[] = [];
  return { lease: new Lease({ closed: ({ ending }) => ends.push(ending) }, parents), ends };
}

/** A share in a join; `abandoned` says in which order shares were given up. */
function parked(lease: Lease, order: number, abandoned: number[], settles = true) {
  return {
    order,
    abandon: () => {
      abandoned.push(order);
      if (settles) lease.settle('dropped');
    },
  };
}

describe('a lease', () => {
  it('closes when its last share has ended, and not before', () => {
    const { lease, ends } = watched();
    lease.split(2);
    lease.settle('written');
    lease.settle('written');
    assert.deepEqual(ends, []);
    lease.settle('written');
    assert.deepEqual(ends, ['written']);
  });

  it('closes on its worst end, in whichever order they come', () => {
    for (const [first, second, worst] of [
      ['written', 'dropped', 'dropped'],
      ['dropped', 'written', 'dropped'],
      ['failed', 'dropped', 'failed'],
      ['dropped', 'failed', 'failed'],
    ] as const) {
      const { lease, ends } = watched();
      lease.split(1);
      lease.settle(first);
      lease.settle(second);
      assert.deepEqual(ends, [worst]);
    }
  });

  it('remembers a bad end while its share travels on as an error row', () => {
    const { lease, ends } = watched();
    lease.worsen('failed');
    lease.settle('written');
    assert.deepEqual(ends, ['failed']);
  });

  it('settles a share of each parent when it closes, as it ended', () => {
    const one = watched();
    const other = watched();
    other.lease.split(1);
    const batch = new Lease(null, [one.lease, other.lease]);
    batch.settle('dropped');
    assert.deepEqual([one.ends, other.ends], [['dropped'], []]);
    other.lease.settle('written');
    assert.deepEqual(other.ends, ['dropped']);
  });

  it('cannot be settled twice', () => {
    const { lease } = watched();
    lease.settle('written');
    assert.throws(() => lease.settle('written'), /more often than it was shared/);
  });

  it('gives up what waits in joins as soon as nothing else moves, upstream first', () => {
    const { lease, ends } = watched();
    const abandoned: number[] = [];
    lease.split(2);
    lease.park(parked(lease, 5, abandoned));
    lease.park(parked(lease, 2, abandoned));
    assert.deepEqual(abandoned, []);
    lease.settle('failed');
    assert.deepEqual([abandoned, ends], [[2, 5], ['failed']]);
  });

  it('keeps waiting when what was given up first is on its way elsewhere', () => {
    const { lease } = watched();
    const abandoned: number[] = [];
    lease.split(1);
    lease.park(parked(lease, 5, abandoned));
    lease.park(parked(lease, 2, abandoned, false));
    assert.deepEqual(abandoned, [2]);
    lease.settle('dropped');
    assert.deepEqual(abandoned, [2, 5]);
  });

  it('does not give up what is waited for no longer', () => {
    const { lease } = watched();
    const abandoned: number[] = [];
    const share = parked(lease, 1, abandoned);
    lease.split(1);
    lease.park(share);
    lease.unpark(share);
    lease.settle('written');
    assert.deepEqual(abandoned, []);
  });
});

describe('joined leases', () => {
  it('are one share of the lease that all of them are', () => {
    const { lease, ends } = watched();
    lease.split(2);
    assert.equal(joinLeases([lease, lease, lease]), lease);
    lease.settle('written');
    assert.deepEqual(ends, ['written']);
  });

  it('close every different lease when the common one closes', () => {
    const one = watched();
    const other = watched();
    joinLeases([one.lease, other.lease]).settle('written');
    assert.deepEqual([one.ends, other.ends], [['written'], ['written']]);
  });
});
