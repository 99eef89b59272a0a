/**
 * Plain data that remembers where it was written. A pipeline is read into this form, parameters, overrides and includes
 * are worked into it, and only then it is checked: a fault can still point at the place where the wrong value stands.
 */
import type { Fault, Place } from '../faults.ts';

export type Scalar = null | boolean | number | string;

export interface Located {
  readonly place: Place;
  /** Path as `--set` takes it: `nodes.mel.with.bands`. */
  readonly path: string;
  readonly value: Scalar | readonly Located[] | LocatedObject;
}

/** A map, so that keys like `__proto__` are keys and nothing else. */
export type LocatedObject = ReadonlyMap<string, Entry>;

export interface Entry {
  readonly keyPlace: Place;
  readonly located: Located;
}

export function isObject(value: Located['value']): value is LocatedObject {
  return value instanceof Map;
}

export function isArray(value: Located['value']): value is readonly Located[] {
  return Array.isArray(value);
}

export function joinPath(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

/** What stands under a key; undefined where there is no object or no such key. */
export function member(located: Located | undefined, key: string): Located | undefined {
  return located && isObject(located.value) ? located.value.get(key)?.located : undefined;
}

/** The text under a key; undefined where it is missing or no text. */
export function textMember(located: Located | undefined, key: string): string | undefined {
  const value = member(located, key)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The object's members, none where it is no object. */
export function members(located: Located | undefined): readonly (readonly [key: string, located: Located])[] {
  if (!located || !isObject(located.value)) return [];
  return [...located.value].map(([key, entry]) => [key, entry.located] as const);
}

/** The items of a list, none where it is no list. */
export function items(located: Located | undefined): readonly Located[] {
  return located && isArray(located.value) ? located.value : [];
}

/** The same data under another path; it still points at where it was written. */
export function moved(located: Located, path: string): Located {
  const { value } = located;
  if (isArray(value))
    return { ...located, path, value: value.map((item, index) => moved(item, joinPath(path, index))) };
  if (!isObject(value)) return { ...located, path };
  const entries = [...value].map(
    ([key, entry]) => [key, { ...entry, located: moved(entry.located, joinPath(path, key)) }] as const,
  );
  return { ...located, path, value: new Map(entries) };
}

/** A copy with one member set, put at the end where it was not there. */
export function withMember(object: Located, key: string, located: Located, keyPlace: Place = located.place): Located {
  const entries = new Map(isObject(object.value) ? object.value : []);
  entries.set(key, { keyPlace: entries.get(key)?.keyPlace ?? keyPlace, located });
  return { ...object, value: entries };
}

/** Plain data again. Objects have no prototype. */
export function plain(located: Located): unknown {
  const { value } = located;
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of value) object[key] = plain(entry.located);
  return object;
}

/** A fault at the place of a value. */
export function faultAt(located: Located, message: string, mend: string | null = null): Fault {
  return { place: located.place, path: located.path, message, mend };
}

/** A fault at the place of a key, where there is one. */
export function faultAtKey(object: Located, key: string, message: string, mend: string | null = null): Fault {
  const entry = isObject(object.value) ? object.value.get(key) : undefined;
  return { place: entry?.keyPlace ?? object.place, path: joinPath(object.path, key), message, mend };
}
