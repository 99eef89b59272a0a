/** How much the records in flight can hold together, foretold before a run. */
import type { PlannedNode } from '../plan.ts';
import type { KindOf } from './record-kinds.ts';

/** What a record of a kind may hold at most, in bytes: `fixed`, and `perSecond` of its audio. */
interface Size {
  readonly fixed: number;
  readonly perSecond: number;
}

/** The largest that the operators make: 48 kHz float samples, 128 bands at 100 frames/s, 50 positions/s of width 1280. */
const SIZES: ReadonlyMap<string | null, Size> = new Map([
  ['waveform', { fixed: 1024, perSecond: 48_000 * 4 }],
  ['log-mel', { fixed: 1024, perSecond: 128 * 100 * 4 }],
  ['encoding', { fixed: 1024, perSecond: 1280 * 50 * 4 }],
  ['hypothesis', { fixed: 1024, perSecond: 512 }],
]);
const SMALL: Size = { fixed: 1024, perSecond: 0 };

/**
 * Bytes, at most: every source record with everything that was made of it, `inFlight` times. A record that a filter
 * passes on is the same record, and a batch holds records that are counted already; a kind of a plugin counts as small.
 */
export function worstCaseBytes(
  nodes: readonly PlannedNode[],
  kindOf: KindOf,
  inFlight: number,
  longestSeconds: number,
): number {
  const perLease = nodes.map(({ id, operator: { description } }) => {
    if (description.output === 'same') return 0;
    const { fixed, perSecond } = SIZES.get(kindOf({ node: id, port: 'out' })) ?? SMALL;
    return fixed + perSecond * longestSeconds;
  });
  return inFlight * perLease.reduce((sum, bytes) => sum + bytes, 0);
}
