/** Plans made by hand, for tests of the engine that need no pipeline file. */
import { z } from 'zod';
import type { Plan, PlannedNode, PortReference } from '../../src/graphs/plan.ts';
import { type AnyOperator, defineOperator, type Running } from '../../src/operators/define-operator.ts';
import type { AnyRecord, Utterance } from '../../src/records.ts';

/** Where a node reads: `'a'`, `'a.errors'`, a list to merge, or an object of named ports. */
export type From = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;

export interface NodeSketch {
  readonly op: AnyOperator;
  readonly from?: From;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly concurrency?: number;
  readonly onError?: Partial<PlannedNode['onError']>;
}

/** @param nodes In an order in which each comes after what it reads. */
export function planOf(nodes: Readonly<Record<string, NodeSketch>>, inFlight = 4): Plan {
  return {
    name: 'test',
    inFlight,
    resolved: {},
    overrides: [],
    nodes: Object.entries(nodes).map(([id, { op, from, with: options, concurrency, onError }]) => ({
      id,
      operator: op,
      options: op.description.options.parse(options ?? {}),
      inputs: inputsOf(from),
      concurrency: concurrency ?? 1,
      onError: { action: 'row', attempts: 1, maxRate: null, ...onError },
      implicit: false,
    })),
  };
}

function inputsOf(from: From | undefined): Map<string, readonly PortReference[]> {
  if (from === undefined) return new Map();
  const named = typeof from === 'string' || Array.isArray(from) ? { in: from as string | string[] } : from;
  return new Map(Object.entries(named).map(([port, outputs]) => [port, [outputs].flat().map(referenceOf)]));
}

function referenceOf(text: string): PortReference {
  const [node, port] = text.split('.') as [string, PortReference['port'] | undefined];
  return { node, port: port ?? 'out' };
}

/** An utterance of which only the id matters. */
export function utterance(id: string, duration: number | null = 1): Utterance {
  return {
    kind: 'utterance',
    id,
    path: `${id}.wav`,
    start: 0,
    duration,
    reference: null,
    language: null,
    speaker: null,
  };
}

/** Utterances `0`, `1`, … */
export function utterances(count: number): Utterance[] {
  return Array.from({ length: count }, (_, index) => utterance(String(index)));
}

const none = z.strictObject({});

/** A source of what `open` gives. */
export function sourceOf(
  open: Running<undefined, AnyRecord>['expand'],
  { live = () => false }: { live?: () => boolean } = {},
): AnyOperator {
  const description = { name: 'test-source', summary: 'Records of a test.', shape: 'expand', input: null } as const;
  return defineOperator({ ...description, output: 'any', options: none, live }, () => open);
}

/** An operator of the shape `each`. */
export function eachOf(each: Running<AnyRecord, AnyRecord>['each']): AnyOperator {
  const description = { name: 'test-each', summary: 'Work of a test.', shape: 'each', input: 'any' } as const;
  return defineOperator({ ...description, output: 'any', options: none }, () => each);
}

export function expandOf(expand: Running<AnyRecord, AnyRecord>['expand']): AnyOperator {
  const description = { name: 'test-expand', summary: 'Work of a test.', shape: 'expand', input: 'any' } as const;
  return defineOperator({ ...description, output: 'any', options: none }, () => expand);
}

export function gatherOf(
  gather: () => Running<AnyRecord, AnyRecord>['gather'],
  { sink = false, holds = 1, waitSeconds = null as number | null } = {},
): AnyOperator {
  const description = { name: 'test-gather', summary: 'Work of a test.', shape: 'gather', input: 'any' } as const;
  return defineOperator(
    { ...description, output: 'any', options: none, sink, holds: () => holds, waitSeconds: () => waitSeconds },
    gather,
  );
}

export function sessionOf(session: () => Running<AnyRecord, AnyRecord>['session']): AnyOperator {
  const description = { name: 'test-session', summary: 'Work of a test.', shape: 'session', input: 'any' } as const;
  return defineOperator({ ...description, output: 'any', options: none }, session);
}

/** A join of the ports `left` and `right`; gives the left record. */
export function joinOf(
  each: (joined: { readonly left: AnyRecord; readonly right: AnyRecord }) => AnyRecord | undefined = ({ left }) => left,
): AnyOperator {
  const description = { name: 'test-join', summary: 'Work of a test.', shape: 'each', output: 'any' } as const;
  const input = { left: 'utterance', right: 'utterance' } as const;
  return defineOperator({ ...description, input, options: none }, () => each);
}

/** A sink that keeps what it took. */
export function sinkTo(taken: AnyRecord[]): AnyOperator {
  return gatherOf(
    () => ({
      add: (record) => {
        taken.push(record);
        return [{ record: null, from: [record] }];
      },
      flush: () => [],
    }),
    { sink: true },
  );
}
