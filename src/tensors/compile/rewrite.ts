/** What passes over a graph are written with. */
import { inOrder, type Graph, type Value } from './graph.ts';
import type { Attributes } from './recording.ts';

/** A graph to one that computes the same. */
export type Pass = (graph: Graph) => Graph;

/**
 * Offers every value to a rule, inputs before what they make. The rule sees what earlier replacements left, and gives the
 * value itself where it does not apply.
 */
export function rewriting(rule: (value: Value) => Value): Pass {
  return ({ inputs, outputs }) => {
    const replaced = new Map<Value, Value>();
    for (const value of inOrder([...outputs.values()], ({ inputs }) => inputs)) {
      const given = value.inputs.map((input) => (input === null ? null : (replaced.get(input) ?? input)));
      const same = given.every((input, index) => input === value.inputs[index]);
      replaced.set(value, rule(same ? value : { ...value, inputs: given }));
    }
    return { inputs, outputs: new Map([...outputs].map(([name, value]) => [name, replaced.get(value) ?? value])) };
  };
}

/** A value of `op` whose shape and type are those of `result`. */
export function operator(
  op: string,
  inputs: readonly (Value | null)[],
  result: Pick<Value, 'shape' | 'type'>,
  attributes: Attributes = {},
  domain: Value['domain'] = '',
): Value {
  return { op, domain, inputs, attributes, type: result.type, shape: result.shape, data: null, name: '' };
}

/** The inputs of a value that `op` makes; null of any other value. */
export function made(value: Value | null | undefined, op: string): readonly (Value | null)[] | null {
  return value?.op === op && value.domain === '' ? value.inputs : null;
}

/** The single number of a constant; NaN of anything else. */
export function numberOf(value: Value | null | undefined): number {
  return value?.op === 'Constant' && value.data?.length === 1 ? Number(value.data[0]) : NaN;
}

/** Both inputs of a value that `op` makes, in the order in which `isFirst` holds for the first; null when neither fits. */
export function eitherWay(
  value: Value | null | undefined,
  op: string,
  isFirst: (input: Value) => boolean,
): [Value, Value] | null {
  const [a, b] = made(value, op) ?? [];
  if (a === null || b === null || a === undefined || b === undefined) return null;
  if (isFirst(a)) return [a, b];
  return isFirst(b) ? [b, a] : null;
}
