/**
 * The job to which bench/chaos.ts, queue-chaos.ts and disk-full.ts do their worst: 60 utterances into a folder of parts,
 * log-mel features, a part every 3 rows, so that much of the time is commits.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanTable } from '../src/tables/commits/clean-table.ts';
import { verifyTable } from '../src/tables/commits/verify-table.ts';
import { convertTable } from '../src/tables/convert-table.ts';

const UTTERANCES = 60;
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** What `npm run build` made. */
export const program = pathOf('../dist/program/main.js');
export const pipeline = pathOf('../test/cli/pipelines/corpus.json');
/** Of a run in a folder beside the manifest; the table is `out` in that folder. */
export const tableFlags = ['--manifest', '../all.jsonl', '--out', 'out'];

/** A new folder with the manifest of the job. */
export function makeHome(name: string): string {
  const home = mkdtempSync(join(tmpdir(), `diglot-${name}-`));
  const path = pathOf('../fixtures/audio/english-jfk.flac');
  const lines = Array.from({ length: UTTERANCES }, (_, at) => ({
    id: `u${at}`,
    path,
    start: at * 0.15,
    duration: 0.3,
  }));
  writeFileSync(join(home, 'all.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return home;
}

/** The table of a run, sorted by id. @param place Its folder. */
export async function sortedBytes(place: string): Promise<Buffer> {
  await convertTable(join(place, 'out'), join(place, 'sorted.arrow'), { sort: true });
  return readFileSync(join(place, 'sorted.arrow'));
}

/** What is wrong with the table of a run, in words; empty where its rows are the wanted ones, each once, and nothing is left over. */
export async function faultsOf(place: string, wanted: Buffer): Promise<string> {
  await cleanTable(join(place, 'out'), 0);
  const { faults, leftovers, rows } = await verifyTable(join(place, 'out'));
  const told = [...faults];
  if (rows !== UTTERANCES) told.push(`${rows} rows`);
  if (leftovers.length > 0) told.push(`${leftovers.length} files left over`);
  if (!wanted.equals(await sortedBytes(place))) told.push('other bytes');
  return told.join('; ');
}
