/**
 * `table.json`: what the rows of a folder come of. Whoever adds rows must make them in the same way, or the table would
 * hold rows that cannot be compared; so a run of another recipe is refused, and told what differs.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { fileFault } from '../file-fault.ts';
import { COMMITS } from './commit-record.ts';
import { publish } from './publish.ts';

const factsSchema = z.strictObject({
  format: z.literal('diglot-table-1'),
  /** Kind of the rows. */
  kind: z.string().min(1),
  /** Version of diglot. */
  version: z.string(),
  /** The nodes that the rows pass, with the options that decide over what comes out. */
  recipe: z.record(z.string(), z.unknown()),
  /** sha256 of each model's weights, by the name that the pipeline gives it. */
  models: z.record(z.string(), z.string()),
});

export type TableFacts = z.infer<typeof factsSchema>;

/** @returns null where the folder holds no table. @throws UsageError `table-facts` when it cannot be read. */
export async function readFacts(folder: string): Promise<TableFacts | null> {
  const path = join(folder, FACTS);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UsageError('table-facts', fileFault('cannot read', path, error), { cause: error });
  }
  try {
    return factsSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `${path} is not what this version of diglot writes, or is damaged; take the folder from a copy.`;
    throw new UsageError('table-facts', message, { cause: error });
  }
}

export const FACTS = 'table.json';

/**
 * Makes the folder where it is missing, and declares what its rows come of, or finds that it is declared already.
 * @throws UsageError `other-recipe` when it is declared otherwise, `output-file` when the place cannot be written to.
 */
export async function declareFacts(folder: string, facts: TableFacts): Promise<void> {
  try {
    await mkdir(join(folder, COMMITS), { recursive: true });
  } catch (error) {
    throw new UsageError('output-file', fileFault('cannot write', folder, error), { cause: error });
  }
  if (await publish(join(folder, FACTS), `${JSON.stringify(facts, null, 2)}\n`)) return;
  const declared = await readFacts(folder);
  if (declared !== null) refuseOtherFacts(folder, declared, facts);
}

/** @throws UsageError `other-recipe` that names the first things which differ. */
export function refuseOtherFacts(folder: string, there: TableFacts, here: Partial<TableFacts>): void {
  const named = Object.keys(here) as (keyof TableFacts)[];
  const found = named.flatMap((name) => differences(there[name], here[name], name === 'recipe' ? '' : name));
  if (found.length === 0) return;
  const more = found.length > 3 ? `, and ${found.length - 3} more` : '';
  const message = `${folder} holds rows that were made otherwise: ${found.slice(0, 3).join('; ')}${more}. Choose another folder, or run as it was run.`;
  throw new UsageError('other-recipe', message);
}

/** `nodes.decoder.with.beamSize is 5 there and 8 here` for each leaf that differs. */
function differences(there: unknown, here: unknown, path: string): string[] {
  if (isObject(there) && isObject(here)) {
    const names = [...new Set([...Object.keys(there), ...Object.keys(here)])].sort();
    return names.flatMap((name) => differences(there[name], here[name], path === '' ? name : `${path}.${name}`));
  }
  if (JSON.stringify(there) === JSON.stringify(here)) return [];
  return [`${path} is ${shown(there)} there and ${shown(here)} here`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
