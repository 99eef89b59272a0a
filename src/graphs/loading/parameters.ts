/** Typed parameters of a pipeline: what is declared, what a run gives, and whether the two fit. */
import { didYouMean, type Fault } from '../faults.ts';
import {
  faultAt,
  faultAtKey,
  isArray,
  items,
  member,
  members,
  plain,
  textMember,
  type Located,
  type LocatedObject,
} from './located.ts';
import { PARAMETER_TYPES } from '../pipeline-schema.ts';
import { locateValue } from './locate-value.ts';
import { show } from './schema-faults.ts';

export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A declared parameter: the command line makes a flag and a line of help of it. */
export interface Parameter {
  /** As the file spells it: `beamSize`. */
  readonly name: string;
  /** As the command line spells it, without the dashes: `beam-size`. */
  readonly flag: string;
  /** One letter, or null. */
  readonly short: string | null;
  readonly type: ParameterType;
  /** One sentence. */
  readonly describe: string;
  readonly required: boolean;
  /** undefined where the parameter has none. */
  readonly default: unknown;
  readonly choices: readonly (string | number)[] | null;
}

/** Values by parameter: of flags, or of the `with` of a `use` node. */
export type Given = LocatedObject;

const ITEM = { 'string[]': 'string', 'path[]': 'path', 'number[]': 'number' } as const;
const WANTED: Readonly<Record<ParameterType, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  path: 'a path',
  'string[]': 'a list of text',
  'path[]': 'a list of paths',
  'number[]': 'a list of numbers',
};

/** The parameters that a file declares, as far as their declarations are sound. */
export function declaredParameters(pipeline: Located): Parameter[] {
  return members(member(pipeline, 'params')).flatMap(([name, declared]) => {
    const type = textMember(declared, 'type') as ParameterType;
    if (!PARAMETER_TYPES.includes(type)) return [];
    const fallback = member(declared, 'default');
    const choices = member(declared, 'choices');
    return [
      {
        name,
        flag: flagOf(name),
        short: textMember(declared, 'short') ?? null,
        type,
        describe: textMember(declared, 'describe') ?? '',
        required: member(declared, 'required')?.value === true,
        default: fallback && plain(fallback),
        choices: choices ? (plain(choices) as (string | number)[]) : null,
      },
    ];
  });
}

/** `beamSize` -> `beam-size`. */
function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Texts of flags made values: numbers and booleans by the declared type, lists as JSON or with commas. */
export function parseFlags(flags: Readonly<Record<string, string>>, declared: readonly Parameter[]): Given {
  return new Map(
    Object.entries(flags).map(([name, text]) => {
      const parameter = declared.find((each) => each.name === name);
      const place = { source: `--${flagOf(name)} ${text}`, line: null, column: null };
      const value = parameter ? parseText(text, parameter.type) : text;
      return [name, { keyPlace: place, located: locateValue(value, place, `params.${name}`, []) }];
    }),
  );
}

function parseText(text: string, type: ParameterType): unknown {
  if (type === 'number' || type === 'integer') return text.trim() === '' || isNaN(Number(text)) ? text : Number(text);
  if (type === 'boolean') return text === 'true' || text === '' ? true : text === 'false' ? false : text;
  if (!(type in ITEM)) return text;
  const items = parseList(text);
  return type === 'number[]' ? items.map((item) => parseText(String(item), 'number')) : items;
}

function parseList(text: string): unknown[] {
  if (text.trimStart().startsWith('[')) {
    try {
      const list: unknown = JSON.parse(text);
      if (Array.isArray(list)) return list;
    } catch {
      // Not JSON: a file may be called "[1].wav".
    }
  }
  return text === '' ? [] : text.split(',');
}

/**
 * The value of every parameter that has one, given or default; wrong declarations and wrong values become faults.
 * @param give How a value is given, for the mend of a missing one: `--audio`, or `with.audio` of the `use`.
 */
export function parameterValues(
  pipeline: Located,
  given: Given,
  give: (parameter: Parameter) => string,
  faults: Fault[],
): Map<string, Located> {
  const values = new Map<string, Located>();
  const block = member(pipeline, 'params');
  const declared = declaredParameters(pipeline);
  for (const [name, { keyPlace, located }] of given) {
    if (members(block).some(([known]) => known === name)) continue;
    const mend = didYouMean(
      name,
      declared.map((parameter) => parameter.name),
    );
    faults.push({ place: keyPlace, path: located.path, message: `the pipeline has no parameter "${name}"`, mend });
  }
  for (const parameter of declared) {
    const declaration = member(block, parameter.name)!;
    faults.push(...declarationFaults(parameter, declaration));
    const value = given.get(parameter.name)?.located;
    const fallback = member(declaration, 'default');
    const wrong = value && valueFault(value, parameter, declaration);
    if (wrong) faults.push(wrong);
    if (value ?? fallback) values.set(parameter.name, (value ?? fallback)!);
    else if (parameter.required) {
      faults.push(
        faultAtKey(block!, parameter.name, 'is required and has no value', `give it with ${give(parameter)}`),
      );
    }
  }
  return values;
}

function declarationFaults(parameter: Parameter, declaration: Located): Fault[] {
  const { type, required } = parameter;
  const faults: Fault[] = [];
  const numeric = type === 'number' || type === 'integer' || type === 'number[]';
  for (const bound of ['minimum', 'maximum']) {
    if (!numeric && member(declaration, bound)) {
      faults.push(faultAtKey(declaration, bound, `has no meaning for ${WANTED[type]}`, 'remove it, or change "type"'));
    }
  }
  for (const choice of items(member(declaration, 'choices'))) {
    const fault = itemFault(choice, type in ITEM ? ITEM[type as keyof typeof ITEM] : type);
    if (fault) faults.push(fault);
  }
  const fallback = member(declaration, 'default');
  if (fallback && required) {
    faults.push(faultAtKey(declaration, 'required', 'the default is never used', 'remove "required" or "default"'));
  }
  const wrong = fallback && valueFault(fallback, parameter, declaration);
  return wrong ? [...faults, wrong] : faults;
}

/** What is wrong with a value of a parameter: its type, its choices, its range. */
function valueFault(value: Located, { type }: Parameter, declaration: Located): Fault | null {
  const choices = items(member(declaration, 'choices')).map(plain);
  const [least, most] = [member(declaration, 'minimum')?.value, member(declaration, 'maximum')?.value];
  const one = (item: Located, wanted: ParameterType): Fault | null => {
    const wrong = itemFault(item, wanted);
    if (wrong) return wrong;
    if (choices.length > 0 && !choices.includes(item.value)) {
      const mend = typeof item.value === 'string' ? didYouMean(item.value, choices.map(String)) : null;
      return faultAt(item, `expected one of ${choices.join(', ')}, found ${show(item)}`, mend);
    }
    const number = typeof item.value === 'number' ? item.value : null;
    if (number !== null && typeof least === 'number' && number < least) {
      return faultAt(item, `expected at least ${least}, found ${number}`);
    }
    if (number !== null && typeof most === 'number' && number > most) {
      return faultAt(item, `expected at most ${most}, found ${number}`);
    }
    return null;
  };
  if (!(type in ITEM)) return one(value, type);
  if (!isArray(value.value)) return faultAt(value, `expected ${WANTED[type]}, found ${show(value)}`);
  for (const item of value.value) {
    const fault = one(item, ITEM[type as keyof typeof ITEM]);
    if (fault) return fault;
  }
  return null;
}

function itemFault(item: Located, type: ParameterType): Fault | null {
  const { value } = item;
  const right =
    type === 'boolean'
      ? typeof value === 'boolean'
      : type === 'integer'
        ? Number.isSafeInteger(value)
        : type === 'number'
          ? typeof value === 'number' && Number.isFinite(value)
          : typeof value === 'string';
  return right ? null : faultAt(item, `expected ${WANTED[type]}, found ${show(item)}`);
}
