import { rewriting } from '../rewrite.ts';
import type { Pass } from '../rewrite.ts';
import type { Value } from '../graph.ts';
import { formatSize } from '../size.ts';

/** Computes once what is computed several times: equal operators over the same inputs, and equal small constants. */
export const shareCommon: Pass = (graph) => {
  const numbers = new Map<Value | null, number>([[null, -1]]);
  const known = new Map<string, Value>();
  const share = rewriting((value) => {
    const shared = value.op === 'Input' ? value : (known.get(keyOf(value)) ?? value);
    if (shared === value) {
      known.set(keyOf(value), value);
      numbers.set(value, numbers.size);
    }
    return shared;
  });
  const keyOf = ({ op, domain, inputs, attributes, type, shape, data }: Value): string => {
    // A large constant is equal to itself alone: comparing weights costs more than it finds.
    const content = data === null ? '' : data.length <= 64 ? data.join() : identityOf(data);
    return [
      op,
      domain,
      type,
      inputs.map((input) => numbers.get(input)).join(),
      JSON.stringify(attributes),
      content,
      shape.map(formatSize),
    ].join('|');
  };
  const identities = new Map<object, string>();
  const identityOf = (data: object): string => {
    const found = identities.get(data) ?? `#${identities.size}`;
    identities.set(data, found);
    return found;
  };
  return share(graph);
};
