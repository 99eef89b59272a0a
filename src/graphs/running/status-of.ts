/** The state of a run in numbers. */
import type { Credits } from './credits.ts';
import type { RunStatus } from '../report.ts';
import type { RunningNode } from './running-node.ts';
import type { Tally } from './tally.ts';

/** @param seconds Since the start. */
export function statusOf(
  graph: {
    readonly plan: { readonly name: string };
    readonly tally: Tally;
    readonly selection: { readonly present: number };
    readonly nodes: readonly RunningNode[];
    readonly credits: readonly Credits[];
  },
  seconds: number,
): RunStatus {
  const { pulled, written, failed, dropped, audioSeconds, expected, expectedAudioSeconds, progress } = graph.tally;
  const nodes = graph.nodes.map(({ meter, planned }) => meter.status(planned.id, planned.operator.description.name));
  const [busiest] = nodes.filter((node) => node.busySeconds > 0).sort((a, b) => b.busySeconds - a.busySeconds);
  return {
    name: graph.plan.name,
    seconds,
    nodes,
    inFlight: graph.credits.reduce((sum, { open }) => sum + open, 0),
    inFlightLimit: graph.credits.reduce((sum, { limit }) => sum + limit, 0),
    pulled,
    written,
    failed,
    dropped,
    present: graph.selection.present,
    expected,
    expectedAudioSeconds,
    audioSeconds,
    progress,
    bottleneck: busiest?.id ?? null,
  };
}
