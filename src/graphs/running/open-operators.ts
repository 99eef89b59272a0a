/** Opens the operators of a plan: models are loaded, files found, all before the first record is pulled. */
import type { OperatorContext } from '../../operators/define-operator.ts';
import type { RecordKind } from '../../records.ts';
import type { Plan, PlannedNode } from '../plan.ts';
import { recipeOf } from '../checking/recipe.ts';
import { type KindOf, recordKinds } from '../checking/record-kinds.ts';

/** What all operators of a run have in common. */
export type SharedContext = Omit<OperatorContext, 'inputKind' | 'recipe'>;

/**
 * One after the other, so that two models are not loaded side by side: sinks first, which know what the output has
 * already, then in the order of the plan.
 * @param failed Told which operator threw.
 * @returns Behaviours at work by node id, in the shape that the description says; null when one failed or the run was
 *   aborted meanwhile.
 */
export async function openOperators(
  plan: Plan,
  context: SharedContext,
  failed: (node: PlannedNode, thrown: unknown) => void,
): Promise<ReadonlyMap<string, unknown> | null> {
  const behaviours = new Map<string, unknown>();
  const kindOf = recordKinds(plan.nodes);
  const isSink = ({ operator }: PlannedNode): boolean => operator.description.sink === true;
  const ordered = [...plan.nodes.filter(isSink), ...plan.nodes.filter((node) => !isSink(node))];
  for (const node of ordered) {
    const kind = inputKind(node, kindOf);
    try {
      const recipe = isSink(node) ? recipeOf(plan.nodes, node.id) : {};
      const own = { ...context, recipe, ...(kind === null ? {} : { inputKind: kind }) };
      behaviours.set(node.id, await node.operator.behaviour(node.options, own));
    } catch (thrown) {
      failed(node, thrown);
      return null;
    }
    if (context.signal.aborted) return null;
  }
  return behaviours;
}

/** The one kind on the input `in`; null where there are several, or an operator does not tell. */
function inputKind({ inputs }: PlannedNode, kindOf: KindOf): RecordKind | null {
  const kinds = new Set((inputs.get('in') ?? []).map(kindOf));
  const [kind] = kinds;
  return kinds.size === 1 ? ((kind ?? null) as RecordKind | null) : null;
}
