/**
 * Joins the records of named ports by their id: the stage behind it gets one object with a record for each wired port. A
 * record whose partner was dropped or failed, or cannot come any more, is dropped: nothing is made of halves.
 */
import type { AnyRecord } from '../../records.ts';
import { type Envelope, joinLeases, type Parked } from './lease.ts';
import type { RunningNode, Stage } from './running-node.ts';

/** A record that waits for its partners. */
export interface Part extends Parked {
  readonly envelope: Envelope<AnyRecord>;
  /** Ports on which its partners have not come. */
  missing(): string[];
}

/** The records of one id that have come so far, by port. */
type PartialSet = Map<string, Part>;

export interface Join {
  take(port: string, envelope: Envelope<AnyRecord>): void;
  /** Nothing more comes on this port. */
  end(port: string): void;
  /** What waits for partners. */
  parts(): Part[];
  /** Waits no longer for the partners of these. */
  giveUp(parts: readonly Part[]): void;
}

export interface JoinOptions {
  readonly ports: readonly string[];
  /**
   * Whether all ports get records of the same leases. Then only records of the same lease are partners, and they are
   * given up as soon as nothing of the lease moves; else they wait until a port has ended.
   */
  readonly sameLeases: boolean;
  /** Place of the node in the plan. */
  readonly order: number;
  /** Takes the joined records. */
  readonly next: Stage;
}

export function joinByName(node: RunningNode, { ports, sameLeases, order, next }: JoinOptions): Join {
  const { meter } = node;
  const sets = new Map<string, PartialSet[]>();
  const ended = new Set<string>();

  /** The set that a record completes or adds to. */
  const setFor = (port: string, { record, lease }: Envelope<AnyRecord>): PartialSet => {
    const sameId = sets.get(record.id) ?? [];
    sets.set(record.id, sameId);
    for (const set of sameId) {
      const [some] = set.values();
      if (!set.has(port) && (!sameLeases || some?.envelope.lease === lease)) return set;
    }
    const set: PartialSet = new Map();
    sameId.push(set);
    return set;
  };
  const removeSet = (id: string, set: PartialSet): void => {
    const others = (sets.get(id) ?? []).filter((other) => other !== set);
    if (others.length === 0) sets.delete(id);
    else sets.set(id, others);
  };
  const complete = (id: string, set: PartialSet): void => {
    removeSet(id, set);
    meter.held -= set.size;
    const record: Record<string, AnyRecord> = {};
    for (const port of ports) record[port] = (set.get(port) as Part).envelope.record;
    for (const part of set.values()) part.envelope.lease.unpark(part);
    next.take({ record, lease: joinLeases([...set.values()].map(({ envelope }) => envelope.lease)) });
  };
  const partsOf = (some: Iterable<PartialSet>): Part[] => [...some].flatMap((set) => [...set.values()]);
  const giveUp = (parts: readonly Part[]): void => {
    for (const part of parts) {
      part.envelope.lease.unpark(part);
      part.abandon();
    }
  };
  const isHopeless = (set: PartialSet): boolean => ports.some((port) => ended.has(port) && !set.has(port));

  return {
    take: (port, envelope) => {
      const { id } = envelope.record;
      const set = setFor(port, envelope);
      const abandon = (): void => {
        // A neighbour that was given up may have taken this one with it.
        if (!set.delete(port)) return;
        if (set.size === 0) removeSet(id, set);
        meter.held -= 1;
        meter.taken += 1;
        node.drop(envelope);
        node.ended();
      };
      const missing = (): string[] => ports.filter((other) => !set.has(other));
      const part: Part = { envelope, order, missing, abandon };
      set.set(port, part);
      meter.held += 1;
      if (set.size === ports.length) complete(id, set);
      else if (ended.size > 0 && isHopeless(set)) giveUp(partsOf([set]));
      else if (sameLeases) envelope.lease.park(part);
    },
    end: (port) => {
      ended.add(port);
      giveUp(partsOf([...sets.values()].flat().filter(isHopeless)));
      if (ended.size === ports.length) next.end();
    },
    parts: () => partsOf([...sets.values()].flat()),
    giveUp,
  };
}
