/** Which kind of record each port of a graph carries: `same` is followed back through filters and taps. */
import type { AnyOperator, Input, Ports } from '../../operators/define-operator.ts';
import type { PortReference } from '../plan.ts';

/** As much of a planned node as its kinds depend on. */
export interface KindedNode {
  readonly id: string;
  readonly operator: AnyOperator | null;
  /** Parsed; null where a fault hides them. */
  readonly options: Readonly<Record<string, unknown>> | null;
  readonly inputs: ReadonlyMap<string, readonly PortReference[]>;
}

/** The kind of record behind an output; null where a fault hides it. */
export type KindOf = (reference: PortReference) => string | null;

export function isPorts(input: Input): input is Ports {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** The kinds that an unnamed input takes; null takes any. */
export function takenKinds(input: Input): readonly string[] | null {
  if (input === null || isPorts(input)) return [];
  if (input === 'any') return null;
  return typeof input === 'string' ? [input] : input;
}

/** @param nodes Each after what it reads. */
export function recordKinds(nodes: readonly KindedNode[]): KindOf {
  const given = new Map<string, string | null>();
  const taken = new Map<string, string | null>();
  const kindOf: KindOf = ({ node, port }) => {
    if (port === 'errors') return 'error';
    return (port === 'out' ? given : taken).get(node) ?? null;
  };
  for (const { id, operator, options, inputs } of nodes) {
    const read = [...inputs.values()].flat().map(kindOf);
    const kind = read.find((each) => each !== null) ?? null;
    taken.set(id, kind);
    given.set(id, operator && givenKind(operator, options, kind));
  }
  return kindOf;
}

function givenKind(operator: AnyOperator, options: KindedNode['options'], taken: string | null): string | null {
  const { output, gives } = operator.description;
  if (output === 'same') return taken;
  if (output !== 'any') return output;
  return options === null ? null : (gives?.(options) ?? null);
}

/**
 * The shortest chain of operators that makes one kind of another, for the mend of a wrong edge.
 * @returns Names in order; empty where there is none of at most three.
 */
export function converters(from: string, to: readonly string[], operators: Iterable<AnyOperator>): string[] {
  const steps = [...operators].flatMap(({ description: { name, input, output, sink } }) => {
    const kinds = takenKinds(input);
    return kinds === null || output === 'same' || output === 'any' || sink === true ? [] : [{ name, kinds, output }];
  });
  let reached: { kind: string; chain: string[] }[] = [{ kind: from, chain: [] }];
  const seen = new Set([from]);
  for (let length = 1; length <= 3; length++) {
    reached = reached.flatMap(({ kind, chain }) =>
      steps
        .filter(({ kinds, output }) => kinds.includes(kind) && !seen.has(output))
        .map(({ name, output }) => ({ kind: output, chain: [...chain, name] })),
    );
    const found = reached.find(({ kind }) => to.includes(kind));
    if (found) return found.chain;
    for (const { kind } of reached) seen.add(kind);
  }
  return [];
}
