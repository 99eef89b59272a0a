/** `diglot check PIPELINE`: every fault at once, or what the pipeline would do. Nothing is run, no model is loaded. */
import { Command } from 'commander';
import type { Checked } from '../graphs/check.ts';
import type { Plan, PlannedNode } from '../graphs/plan.ts';
import { status } from './exit-status.ts';
import { bytesText, clockText, plural } from './figures.ts';
import { paintResult } from './paint.ts';
import { takesPipeline, withPipeline } from './pipeline-command.ts';
import type { Prepared } from './make-command.ts';
import { plansOf } from './run-pipeline.ts';
import { textTable } from './text-table.ts';

export function checkCommand(args: readonly string[] | null): Promise<Prepared> {
  const make = () =>
    takesPipeline(new Command('check').description('Find every fault of a pipeline, without running it.')).option(
      '--json',
      'Faults and warnings as lines of JSON on standard error.',
    );
  return withPipeline(make, args, 'look', async (request, command) => {
    const checked = await plansOf(request, command.opts<{ json?: boolean }>().json);
    if (checked === null) return status.usage;
    for (const each of checked) process.stdout.write(`${summaryLines(each).join('\n')}\n`);
    return status.done;
  });
}

/** The nodes with what they read, and the worst that memory can come to. */
export function summaryLines({ plan, memory }: Checked & { plan: Plan }): string[] {
  const edges = plan.nodes.flatMap((node) => [...node.inputs.values()].flat());
  const rows = textTable<PlannedNode>(plan.nodes, [
    { heading: 'node', align: 'left', cell: ({ id }) => id },
    { heading: 'operator', align: 'left', cell: ({ operator }) => operator.description.name },
    { heading: 'at once', align: 'right', cell: ({ concurrency }) => String(concurrency) },
    { heading: 'reads', align: 'left', cell: readsText },
  ]);
  const worst =
    memory === null
      ? ''
      : `, at most ${bytesText(memory.bytes)} in flight with recordings up to ${clockText(memory.longestSeconds)}`;
  return [
    ...rows.map((row, index) => (index === 0 ? paintResult.dim(row) : row)),
    `${plural(plan.nodes.length, 'node')}, ${plural(edges.length, 'edge')}, ${plural(plan.inFlight, 'record')} in flight${worst}`,
    `${plan.name}: ${paintResult.green('ok')}`,
  ];
}

function readsText({ inputs, implicit }: PlannedNode): string {
  if (implicit) return 'error rows that no other node reads';
  const ports = [...inputs].map(([port, references]) => {
    const sources = references
      .map(({ node, port: output }) => (output === 'out' ? node : `${node}.${output}`))
      .join(', ');
    return port === 'in' ? sources : `${port}: ${sources}`;
  });
  return ports.join('; ');
}
