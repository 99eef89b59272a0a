/** What both drawings show of a plan: the nodes with the options that are not defaults, and the edges with their kinds. */
import type { Plan, PlannedNode, PortReference } from '../plan.ts';
import { isPorts, recordKinds } from '../checking/record-kinds.ts';
import { inputSchema, type JsonSchema } from '../loading/schema-faults.ts';

export interface PictureNode {
  readonly id: string;
  readonly operator: string;
  /** `beamSize: 8`, of the options that differ from their defaults. */
  readonly options: readonly string[];
  readonly role: 'source' | 'step' | 'sink';
  readonly implicit: boolean;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** The kind of record, with the port's name before it where ports have names. */
  readonly label: string;
  readonly port: PortReference['port'];
}

export interface Picture {
  readonly name: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

const MAX_OPTIONS = 3;

export function pictureOf(plan: Plan): Picture {
  const kindOf = recordKinds(plan.nodes);
  const edges = plan.nodes.flatMap(({ id, inputs, operator }) =>
    [...inputs].flatMap(([port, read]) =>
      read.map((source): PictureEdge => {
        const kind = kindOf(source) ?? '';
        const carried = source.port === 'dropped' ? `${kind}, dropped` : kind;
        const label = isPorts(operator.description.input) && port !== kind ? `${port}: ${carried}` : carried;
        return { from: source.node, to: id, label, port: source.port };
      }),
    ),
  );
  return { name: plan.name, nodes: plan.nodes.map(pictureNode), edges };
}

function pictureNode({ id, operator, options, implicit }: PlannedNode): PictureNode {
  const { name, input, sink } = operator.description;
  const defaults = inputSchema(operator.description.options).properties ?? {};
  const told = Object.entries(options).filter(([key, value]) => {
    const fallback = (defaults[key] as JsonSchema | undefined)?.default;
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(fallback);
  });
  const lines = told.slice(0, MAX_OPTIONS).map(([key, value]) => `${key}: ${shorten(value)}`);
  return {
    id,
    operator: name,
    options: told.length > MAX_OPTIONS ? [...lines, `and ${told.length - MAX_OPTIONS} more`] : lines,
    role: input === null ? 'source' : sink === true ? 'sink' : 'step',
    implicit,
  };
}

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 26 ? `…${text.slice(-25)}` : text;
}
