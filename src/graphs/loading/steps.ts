/** What the steps of a straight run are called. */
import { basename, extname } from 'node:path';
import { items, textMember, type Located } from './located.ts';
import { NODE_ID } from '../pipeline-schema.ts';

/**
 * The id of every step: the one that it gives itself, else its operator's name or its file's stem, with a number behind
 * it where the name is taken: `filter`, `filter-2`.
 * @param taken Ids of the nodes beside the steps.
 */
export function stepIds(steps: Located, taken: readonly string[]): string[] {
  const all = items(steps);
  const counts = new Map<string, number>();
  const used = new Set([...taken, ...all.flatMap((step) => textMember(step, 'id') ?? [])]);
  return all.map((step, index) => {
    const own = textMember(step, 'id');
    if (own !== undefined) return own;
    const file = textMember(step, 'use');
    const name = typeof step.value === 'string' ? step.value : (textMember(step, 'op') ?? stem(file));
    const base = name !== undefined && NODE_ID.test(name) ? name : `step-${index + 1}`;
    let id = base;
    for (let count = counts.get(base) ?? 2; used.has(id); count++) {
      id = `${base}-${count}`;
      counts.set(base, count + 1);
    }
    used.add(id);
    return id;
  });
}

function stem(file: string | undefined): string | undefined {
  return file === undefined ? undefined : basename(file, extname(file));
}
