/**
 * Parameters put into a pipeline. `"${params.beam}"` stands for the value with its type; inside a longer text the value is
 * written into the text. A parameter without value and default takes away the key that refers to it, so that the
 * operator's own default holds. Nothing is ever replaced in the text of the file, and nothing comes from the environment.
 */
import { didYouMean, type Fault } from '../faults.ts';
import { faultAt, isArray, isObject, members, moved, type Located } from './located.ts';

/** With one more $ in front it stands for itself. */
const REFERENCE = /\$?\$\{([^}]*)\}/g;

/** Names of the parameters that any text refers to. */
export function referredParameters(located: Located): Set<string> {
  const { value } = located;
  if (typeof value === 'string') {
    const references = [...value.matchAll(REFERENCE)].filter(([match]) => !match.startsWith('$$'));
    return new Set(references.map(([, expression]) => expression!.replace(/^params\./, '')));
  }
  const inner = isArray(value) ? value : members(located).map(([, item]) => item);
  return new Set(inner.flatMap((item) => [...referredParameters(item)]));
}

/** Puts parameter values into what stands below one key of a pipeline. Null: the key refers to one without a value. */
export function substitute(
  located: Located,
  values: ReadonlyMap<string, Located>,
  declared: ReadonlySet<string>,
  faults: Fault[],
): Located | null {
  const inner = (item: Located) => substitute(item, values, declared, faults);
  const { value } = located;
  if (isArray(value)) return { ...located, value: value.map(inner).filter((item) => item !== null) };
  if (isObject(value)) {
    const entries = [...value].flatMap(([key, entry]) => {
      const replaced = inner(entry.located);
      return replaced === null ? [] : [[key, { ...entry, located: replaced }] as const];
    });
    return { ...located, value: new Map(entries) };
  }
  if (typeof value !== 'string' || !value.includes('${')) return located;
  return substituteText(located, value, values, declared, faults);
}

function substituteText(
  located: Located,
  text: string,
  values: ReadonlyMap<string, Located>,
  declared: ReadonlySet<string>,
  faults: Fault[],
): Located | null {
  let missing = false;
  let whole: Located | null = null;
  const replaced = text.replaceAll(REFERENCE, (match, expression: string) => {
    if (match.startsWith('$$')) return match.slice(1);
    const name = /^params\.(.+)$/.exec(expression)?.[1];
    if (name === undefined) {
      const mend = 'only ${params.name} is known; to write it literally, write $${…}';
      faults.push(faultAt(located, `\${${expression}} is no parameter`, mend));
      return match;
    }
    if (!declared.has(name)) {
      faults.push(
        faultAt(
          located,
          `the parameter "${name}" is not declared`,
          didYouMean(name, declared) ?? 'declare it under "params"',
        ),
      );
      return match;
    }
    const value = values.get(name);
    if (value === undefined) {
      missing = true;
      return '';
    }
    if (match === text) whole = value;
    else if (isArray(value.value) || isObject(value.value)) {
      faults.push(faultAt(located, `a list cannot stand inside text`, `write "\${params.${name}}" alone`));
    }
    return isArray(value.value) || isObject(value.value) ? '' : String(value.value);
  });
  if (missing) return null;
  return whole === null ? { ...located, value: replaced } : moved(whole, located.path);
}
