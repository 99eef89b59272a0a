/** Conservation: what came in equals what went out, failed or was dropped, for the run and for each node. */
import type { RunningNode } from './running-node.ts';
import type { Tally } from './tally.ts';

/**
 * @param stopped The run was aborted or failed: then what is in flight is open for that reason alone.
 * @returns A sentence for each thing that does not add up.
 */
export function imbalances(tally: Tally, nodes: readonly RunningNode[], stopped: boolean): string[] {
  const { pulled, settled, written, failed, dropped } = tally;
  const sentences = nodes.flatMap((node) => node.faults);
  const open = pulled - settled;
  if (open !== 0) {
    const ends = `${written} were written, ${failed} failed, ${dropped} were dropped`;
    const rest = stopped ? `${open} were in flight when the run was stopped` : `${open} never came to an end`;
    sentences.push(`Of ${pulled} records pulled ${ends}, and ${rest}.`);
  }
  if (stopped) return sentences;
  for (const node of nodes) {
    const { taken, ended, held } = node.meter;
    const rest = taken - ended - held;
    if (held > 0) sentences.push(`${node.name} never let go ${held} of the ${taken} records that it took.`);
    if (rest !== 0) sentences.push(`${node.name} took ${taken} records and accounts for ${taken - rest}.`);
  }
  return sentences;
}

/** Why nothing moves any more, and what would mend it. */
export function deadlockMessage(nodes: readonly RunningNode[], inFlight: number): string {
  const holders = nodes.filter(({ meter }) => meter.held > 0);
  const holds = holders.map(({ planned, meter }) => `${planned.id} holds ${meter.held}`).join(', ');
  const mend = 'Raise inFlight, lower what those nodes gather, or give them a time limit.';
  return `Nothing moves any more: all ${inFlight} leases are out, and ${holds || 'no node holds a record'}. ${mend}`;
}
