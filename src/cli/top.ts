/** The live table of `--top`: what each node does, and which one holds the others up. Pure functions. */
import type { NodeStatus, RunStatus } from '../graphs/report.ts';
import { countText, percentText, rateText } from './figures.ts';
import { paint } from './paint.ts';
import { textTable, type Column } from './text-table.ts';

interface TopRow {
  readonly node: NodeStatus;
  /** Records given in a second. */
  readonly rate: number;
  /** Shares of the time since the look before, 0 to 1. */
  readonly busy: number;
  readonly starved: number;
  readonly blocked: number;
}

const columns: readonly Column<TopRow>[] = [
  { heading: 'node', align: 'left', cell: ({ node }) => node.id },
  { heading: 'operator', align: 'left', rank: 1, cell: ({ node }) => (node.operator === node.id ? '' : node.operator) },
  { heading: 'in', align: 'right', rank: 3, cell: ({ node }) => countText(node.taken) },
  { heading: 'out', align: 'right', cell: ({ node }) => countText(node.given) },
  { heading: 'failed', align: 'right', cell: ({ node }) => countText(node.errors) },
  { heading: 'dropped', align: 'right', rank: 2, cell: ({ node }) => countText(node.dropped) },
  { heading: 'out/s', align: 'right', cell: ({ rate }) => rateText(rate) },
  { heading: 'queue', align: 'right', cell: ({ node }) => countText(node.waiting) },
  { heading: 'active', align: 'right', cell: ({ node }) => countText(node.active) },
  { heading: 'held', align: 'right', rank: 4, cell: ({ node }) => countText(node.held) },
  { heading: 'busy', align: 'right', cell: ({ busy }) => percentText(busy) },
  { heading: 'starved', align: 'right', cell: ({ starved }) => percentText(starved) },
  { heading: 'blocked', align: 'right', cell: ({ blocked }) => percentText(blocked) },
];

/**
 * Lines of the table. Rates and shares are of the time between the two looks.
 * @param before An earlier look at the same run, or `null` for shares of the whole run.
 */
export function topTable(before: RunStatus | null, now: RunStatus, width: number): string[] {
  const rows = now.nodes.map((node) =>
    topRow(
      before?.nodes.find(({ id }) => id === node.id),
      node,
      now.seconds - (before?.seconds ?? 0),
    ),
  );
  const [heading = '', ...lines] = textTable(rows, columns, width);
  const bottleneck = rows.find(({ node }) => node.id === now.bottleneck);
  return [
    paint.dim(heading),
    ...lines.map((line, index) => (rows[index] === bottleneck ? paint.bold(line) : line)),
    bottleneck === undefined
      ? `${now.inFlight} of ${now.inFlightLimit} in flight`
      : `${now.inFlight} of ${now.inFlightLimit} in flight; bottleneck: ${bottleneck.node.id}, busy ${percentText(bottleneck.busy)} of the time`,
  ];
}

function topRow(before: NodeStatus | undefined, node: NodeStatus, seconds: number): TopRow {
  const share = (key: 'busySeconds' | 'starvedSeconds' | 'blockedSeconds') =>
    seconds > 0 ? Math.min(1, Math.max(0, (node[key] - (before?.[key] ?? 0)) / seconds)) : 0;
  return {
    node,
    rate: seconds > 0 ? (node.given - (before?.given ?? 0)) / seconds : 0,
    busy: share('busySeconds'),
    starved: share('starvedSeconds'),
    blocked: share('blockedSeconds'),
  };
}
