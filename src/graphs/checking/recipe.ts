/** What decides over the rows that arrive at a node: the nodes before it, without what says only where and how fast. */
import type { Recipe } from '../../operators/define-operator.ts';
import type { PlannedNode } from '../plan.ts';
import { resolvedPipeline } from './resolved.ts';

/** @param id A sink; it is left out itself. */
export function recipeOf(nodes: readonly PlannedNode[], id: string): Recipe {
  const leading = new Set<string>();
  const follow = (node: PlannedNode): void => {
    for (const { node: before } of [...node.inputs.values()].flat()) {
      if (leading.has(before)) continue;
      leading.add(before);
      nodes.filter((each) => each.id === before).forEach(follow);
    }
  };
  nodes.filter((each) => each.id === id).forEach(follow);
  const chosen = nodes.filter((node) => leading.has(node.id));
  const { nodes: resolved } = resolvedPipeline('', 1, chosen);
  const recipe = chosen.map(({ id, operator }) => {
    const { op, from, with: options } = resolved?.[id] ?? {};
    const { incidental = [] } = operator.description;
    const named = Object.entries(options ?? {}).filter(([name]) => !incidental.includes(name));
    return [id, { op, from, with: Object.fromEntries(named) }] as const;
  });
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify({ nodes: Object.fromEntries(recipe) })) as Recipe;
}
