/** The sink that the planner adds for error rows which no node of the file reads. */
import { join, parse } from 'node:path';
import { ERRORS } from '../../tables/commits/commit-record.ts';
import type { AnyOperator } from '../../operators/define-operator.ts';
import type { PlannedNode, PortReference } from '../plan.ts';

/** Where error rows go that no node reads: into an Arrow file, or to the program that runs the graph, as "errors". */
export type ErrorsTo = 'file' | 'program';

/** The operator that writes error rows, and whose first node says where the output of the graph is. */
const WRITER = 'write-arrow';
const SENDER = 'send';

/**
 * A node that collects the `errors` ports without a reader. The file of a `write-arrow` comes into being with its first row,
 * beside the graph's first Arrow file: `out/text.arrow` -> `out/text.errors.arrow`; in a folder of parts: `out/errors`.
 * @returns null where every `errors` port is read, or no such operator is known.
 */
export function errorNode(
  name: string,
  nodes: readonly PlannedNode[],
  operators: ReadonlyMap<string, AnyOperator>,
  to: ErrorsTo,
): PlannedNode | null {
  const operator = operators.get(to === 'file' ? WRITER : SENDER);
  const read = new Set(
    nodes
      .flatMap(({ inputs }) => [...inputs.values()].flat())
      .flatMap(({ node, port }) => (port === 'errors' ? node : [])),
  );
  const unread = nodes.filter(({ id }) => !read.has(id)).map(({ id }): PortReference => ({ node: id, port: 'errors' }));
  if (operator === undefined || unread.length === 0) return null;
  const { path, overwrite } = nodes.find((node) => node.operator === operator)?.options ?? {};
  const ids = new Set(nodes.map(({ id }) => id));
  let id = 'errors';
  for (let count = 2; ids.has(id); count++) id = `errors-${count}`;
  return {
    id,
    operator,
    options: operator.description.options.parse(
      to === 'program'
        ? { to: 'errors' }
        : { path: beside(path, name), ifAny: true, ...(overwrite === true ? { overwrite } : {}) },
    ),
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
