/** A JavaScript value, as a TypeScript pipeline or an override gives it, made into located data. Only plain data passes. */
import type { Fault, Place } from '../faults.ts';
import { joinPath, type Entry, type Located } from './located.ts';

/**
 * @param place Where all of it stands: nothing inside a TypeScript file has a line of its own.
 * @param path Path of the value in its pipeline.
 * @param faults Whatever is not plain data is added here, and stands as null in the result.
 */
export function locateValue(value: unknown, place: Place, path: string, faults: Fault[]): Located {
  return locate(value, place, path, faults, new Set());
}

function locate(value: unknown, place: Place, path: string, faults: Fault[], above: ReadonlySet<unknown>): Located {
  const refuse = (message: string): Located => {
    faults.push({
      place,
      path,
      message,
      mend: 'a pipeline is plain data: text, numbers, true, false, null, lists, objects',
    });
    return { place, path, value: null };
  };
  if (typeof value === 'string' || typeof value === 'boolean') return { place, path, value };
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { place, path, value } : refuse(`${value} is not a finite number`);
  }
  if (typeof value !== 'object') return refuse(`a value of type ${typeof value} cannot stand in a pipeline`);
  if (value === null) return { place, path, value };
  if (above.has(value)) return refuse('the object contains itself');
  if (above.size >= 64) return refuse('nested deeper than 64 levels');
  const here = new Set(above).add(value);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return {
      place,
      path,
      value: Array.from(items, (item, index) => locate(item, place, joinPath(path, index), faults, here)),
    };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(`an object of class ${value.constructor.name} cannot stand in a pipeline`);
  }
  const entries = new Map<string, Entry>();
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    entries.set(key, { keyPlace: place, located: locate(item, place, joinPath(path, key), faults, here) });
  }
  return { place, path, value: entries };
}
