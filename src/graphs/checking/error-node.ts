/** The sink that the planner adds for error rows which no node of the file reads. */
import { join, parse } from 'node:path';
import { ERRORS } from '../../tables/commits/commit-record.ts';
import type { AnyOperator } from '../../operators/define-operator.ts';
import type { PlannedNode, PortReference } from '../plan.ts';

/** The operator that writes error rows, and whose first node says where the output of the graph is. */
const WRITER = 'write-arrow';

/**
 * A `write-arrow` node that collects the `errors` ports without a reader. Its file comes into being with its first row,
 * beside the graph's first Arrow file: `out/text.arrow` -> `out/text.errors.arrow`; in a folder of parts: `out/errors`.
 * @returns null where every `errors` port is read, or no writer is known.
 */
export function errorNode(
  name: string,
  nodes: readonly PlannedNode[],
  operators: ReadonlyMap<string, AnyOperator>,
): PlannedNode | null {
  const writer = operators.get(WRITER);
  const read = new Set(
    nodes
      .flatMap(({ inputs }) => [...inputs.values()].flat())
      .flatMap(({ node, port }) => (port === 'errors' ? node : [])),
  );
  const unread = nodes.filter(({ id }) => !read.has(id)).map(({ id }): PortReference => ({ node: id, port: 'errors' }));
  if (writer === undefined || unread.length === 0) return null;
  const { path, overwrite } = nodes.find(({ operator }) => operator === writer)?.options ?? {};
  const ids = new Set(nodes.map(({ id }) => id));
  let id = 'errors';
  for (let count = 2; ids.has(id); count++) id = `errors-${count}`;
  return {
    id,
    operator: writer,
    options: writer.description.options.parse({
      path: beside(path, name),
      ifAny: true,
      ...(overwrite === true ? { overwrite } : {}),
    }),
    inputs: new Map([['in', unread]]),
    concurrency: 1,
    onError: { action: 'row', attempts: 1, maxRate: null },
    implicit: true,
  };
}

function beside(path: unknown, name: string): string {
  if (typeof path !== 'string') return `${name}.errors.arrow`;
  const { dir, name: stem, ext, base } = parse(path);
  return ext === '.arrow' ? join(dir, `${stem}.errors.arrow`) : join(dir, base, ERRORS);
}
