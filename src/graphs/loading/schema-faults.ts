/**
 * Zod says whether a value is wrong and where; its JSON Schema says what should have stood there. Both together make
 * the sentence that a user reads.
 */
import { z } from 'zod';
import { didYouMean, nearestName, type Fault } from '../faults.ts';
import { faultAt, faultAtKey, isArray, isObject, joinPath, plain, type Located } from './located.ts';

/** As much of JSON Schema as zod writes for options. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;
type Issue = z.core.$ZodIssue;

const inputSchemas = new WeakMap<z.ZodType, JsonSchema>();

/** JSON Schema of what a user may write: keys with defaults may be left out. Made once for each schema. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const json = inputSchemas.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  inputSchemas.set(schema, json);
  return json;
}

/**
 * Faults of a value under a schema, at the places where they were written.
 * @param keys What a key is called in the sentence "unknown …": `option`, `key`.
 */
export function schemaFaults(schema: z.ZodType, located: Located, keys: string): Fault[] {
  const result = schema.safeParse(plain(located));
  if (result.success) return [];
  const json = inputSchema(schema);
  return result.error.issues.flatMap((issue) => issueFaults(issue, located, json, keys));
}

function issueFaults(issue: Issue, root: Located, rootSchema: JsonSchema, keys: string): Fault[] {
  const inside = issue.code === 'invalid_union' ? branchOf(issue) : [];
  if (inside.length > 0) {
    return inside.flatMap((inner) =>
      issueFaults({ ...inner, path: [...issue.path, ...inner.path] }, root, rootSchema, keys),
    );
  }
  const parents = issue.path.slice(0, -1);
  const last = issue.path.at(-1);
  const found = follow(root, issue.path);
  const schemas = schemasAt([rootSchema], issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = schemas.flatMap((schema) => Object.keys(schema.properties ?? {}));
    return issue.keys.map((key) => faultAtKey(found.located, key, `unknown ${keys} "${key}"`, didYouMean(key, known)));
  }
  if (!found.whole) {
    const parent = follow(root, parents).located;
    const why = schemas[0]?.description ?? `expected ${expected(schemas)}`;
    return [{ ...faultAt(parent, `is required: ${why}`), path: joinPath(parent.path, String(last)) }];
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? 'is no valid name';
    return [faultAtKey(follow(root, parents).located, String(last), message)];
  }
  if (issue.code === 'custom' || issue.code === 'invalid_format') return [faultAt(found.located, issue.message)];
  const choices = schemas.flatMap((schema) => literalsOf(schema)).filter((value) => typeof value === 'string');
  const { value } = found.located;
  const close = typeof value === 'string' ? nearestName(value, choices) : null;
  const mend = close === null ? null : `did you mean "${close}"?`;
  const wanted = expected(schemas) || issue.message;
  return [faultAt(found.located, `expected ${wanted}, found ${show(found.located)}`, mend)];
}

/** The issues of the branch that the value was meant for: all lie inside the value, or are wrong keys of it. */
function branchOf(issue: Issue & { code: 'invalid_union' }): Issue[] {
  const meant = issue.errors.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return meant.sort((a, b) => a.length - b.length)[0] ?? [];
}

/** The value at a path, or the last one on the way to it that exists. */
function follow(root: Located, path: readonly PropertyKey[]): { located: Located; whole: boolean } {
  let located = root;
  for (const key of path) {
    const { value } = located;
    const next = isArray(value) ? value[Number(key)] : isObject(value) ? value.get(String(key))?.located : undefined;
    if (next === undefined) return { located, whole: false };
    located = next;
  }
  return { located, whole: true };
}

/** The schemas that a path may lead to; several where a union forks. */
function schemasAt(schemas: readonly JsonSchema[], path: readonly PropertyKey[]): JsonSchema[] {
  let here = schemas.flatMap(branches);
  for (const key of path) {
    here = here.flatMap((schema) => {
      const own = Object.hasOwn(schema.properties ?? {}, key)
        ? schema.properties![String(key)]
        : schema.additionalProperties;
      const next = [own, typeof key === 'number' ? schema.items : undefined];
      return next.filter((inner): inner is JsonSchema => typeof inner === 'object' && !Array.isArray(inner));
    });
    here = here.flatMap((schema) =>
      schema.title === undefined ? branches(schema) : [...new Set([schema, ...branches(schema)])],
    );
  }
  return here;
}

function branches(schema: JsonSchema): JsonSchema[] {
  if (Array.isArray(schema.type)) return schema.type.flatMap((type) => branches({ ...schema, type }));
  const forks = schema.anyOf ?? schema.oneOf;
  return forks === undefined ? [schema] : forks.flatMap(branches);
}

/** `80 or 128`, `an integer from 1 to 16`, `a list of text`. Empty where the schema does not say. */
function expected(schemas: readonly JsonSchema[]): string {
  const titled = schemas.find(({ title }) => title !== undefined);
  if (titled?.title !== undefined) return titled.title;
  const literals = [...new Set(schemas.flatMap(literalsOf))].map((value) => JSON.stringify(value));
  const others = schemas.filter((schema) => literalsOf(schema).length === 0).map(describeType);
  return either([...new Set([...literals, ...others])].filter((text) => text !== ''));
}

/** What a schema takes, in words: used by faults and by the manual. */
export function describeType(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  const forks = branches(schema);
  if (forks.length > 1 || forks[0] !== schema) return expected(forks);
  const literals = literalsOf(schema);
  if (literals.length > 0) return either(literals.map((value) => JSON.stringify(value)));
  switch (schema.type) {
    case 'integer':
      return `an integer${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'string':
      return (schema.minLength ?? 0) > 0 ? 'text that is not empty' : 'text';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return describeList(schema);
    case 'object':
      return describeObject(schema);
    case undefined:
    default:
      return '';
  }
}

function describeList(schema: JsonSchema): string {
  const of = typeof schema.items === 'object' && !Array.isArray(schema.items) ? describeType(schema.items) : '';
  const plural = of.replace(/^(an?) (integer|number|object)/, '$2s').replace(/^text that is not empty$/, 'text');
  const list = (schema.minItems ?? 0) > 0 ? 'a non-empty list' : 'a list';
  return of === '' ? list : `${list} of ${plural}`;
}

/** `an object {"kind": "fit", "slack": a number}`; of keys alone where that would grow long. */
function describeObject({ properties = {} }: JsonSchema): string {
  const typed = Object.entries(properties).map(([key, value]) => `"${key}": ${describeType(value as JsonSchema)}`);
  const keys = Object.keys(properties).map((key) => `"${key}"`);
  if (keys.length === 0) return 'an object';
  const whole = typed.join(', ');
  return `an object {${whole.length < 100 ? whole : keys.join(', ')}}`;
}

/** `from 0 to 1`, `of at least 1`. Zod's own bounds of safe integers say nothing to a user. */
function rangeOf(schema: JsonSchema): string {
  const bound = (value: number | undefined) =>
    Math.abs(value ?? Infinity) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  const [low, high] = [bound(schema.minimum), bound(schema.maximum)];
  const [above, below] = [schema.exclusiveMinimum, schema.exclusiveMaximum];
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const parts = [
    low === undefined ? '' : `of at least ${low}`,
    above === undefined ? '' : `above ${above}`,
    high === undefined ? '' : `of at most ${high}`,
    below === undefined ? '' : `below ${below}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function literalsOf(schema: JsonSchema): NonNullable<JsonSchema['enum']> {
  return schema.const === undefined ? (schema.enum ?? []) : [schema.const];
}

function either(options: readonly string[]): string {
  return options.length < 2 ? (options[0] ?? '') : `${options.slice(0, -1).join(', ')} or ${options.at(-1)}`;
}

/** A value as a fault shows it. */
export function show(located: Located): string {
  const { value } = located;
  if (isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `"${value.slice(0, 57)}…"` : JSON.stringify(value);
}
