/**
 * Leases bound what is in flight. A lease is given with every record that a source or an `expand` issues; it is open as
 * long as anything derived from that record is on its way, and closes with the worst end that any of it came to.
 *
 * A lease counts shares: an envelope on an edge is one share. Fan-out splits, the end of an envelope settles. A record
 * that stands for several leases (a batch, a join across sources) or for a part of one (a piece of a recording) carries
 * a lease of its own whose parents are settled when it closes.
 */

import type { AnyRecord } from '../../records.ts';

/** How a record may end, from best to worst. */
export type Ending = 'written' | 'dropped' | 'failed';

const badness: Readonly<Record<Ending, number>> = { written: 0, dropped: 1, failed: 2 };

/** A share that waits in a join for its partners. */
export interface Parked {
  /** Place of the join in the plan: those upstream give up first, what they let go may be what another waits for. */
  readonly order: number;
  /** Must settle the share, or send it elsewhere. */
  abandon(): void;
}

/** Who gave a lease and hears when it closes. */
export interface Issuer {
  closed(lease: Lease): void;
}

export class Lease {
  /** Source record's audio, as soon as a record tells it. */
  audioSeconds: number | null = null;
  /** The worst end so far. */
  ending: Ending = 'written';
  /** The source's record that the lease was given with; null for a lease of something derived. */
  source: AnyRecord | null = null;
  private shares = 1;
  private parked: Set<Parked> | null = null;
  /** Leases of which this one holds a share each: none for a source record's. */
  readonly parents: readonly Lease[];
  private readonly issuer: Issuer | null;

  /**
   * @param issuer Told when the lease closes.
   * @param parents Leases of which it takes over a share each.
   */
  constructor(issuer: Issuer | null, parents: readonly Lease[]) {
    this.issuer = issuer;
    this.parents = parents;
  }

  /** The first of the source's records that it goes back to; null where a source gave a fault. */
  origin(): AnyRecord | null {
    return this.source ?? this.parents[0]?.origin() ?? null;
  }

  /** Adds shares: for the further consumers of a fan-out, for a record derived beside others. */
  split(more: number): void {
    this.shares += more;
  }

  /** Records that part of the lease came to a bad end while its share travels on, as an error row does. */
  worsen(ending: Ending): void {
    if (badness[ending] > badness[this.ending]) this.ending = ending;
  }

  /** Ends one share. */
  settle(ending: Ending): void {
    if (this.shares === 0) throw new Error('The engine settled a lease more often than it was shared.');
    this.worsen(ending);
    this.shares -= 1;
    if (this.shares === 0) {
      for (const parent of this.parents) parent.settle(this.ending);
      this.issuer?.closed(this);
    } else this.abandonParked();
  }

  /** Notes that a share waits. It is abandoned when nothing of the lease moves any more, so that no partner can come. */
  park(share: Parked): void {
    this.parked ??= new Set();
    this.parked.add(share);
    this.abandonParked();
  }

  /** Takes back `park`: the partners came. */
  unpark(share: Parked): void {
    this.parked?.delete(share);
  }

  /** One at a time: the first may set the lease in motion again. */
  private abandonParked(): void {
    while (this.parked !== null && this.parked.size > 0 && this.parked.size === this.shares) {
      const [first] = [...this.parked].sort((one, other) => one.order - other.order) as [Parked];
      this.parked.delete(first);
      first.abandon();
    }
  }
}

/** A record on an edge, with its share of a lease. A joined input is the object of the records on the named ports. */
export interface Envelope<T = unknown> {
  readonly record: T;
  readonly lease: Lease;
}

/** One lease for several shares: of the same lease a single share stays, of different ones a common child is made. */
export function joinLeases(leases: readonly Lease[]): Lease {
  const [first] = leases;
  if (first !== undefined && leases.every((lease) => lease === first)) {
    for (let spare = 1; spare < leases.length; spare += 1) first.settle('written');
    return first;
  }
  return new Lease(null, leases);
}
