/** `diglot verify DIR`: looks at all of a table again; `--manifest` tells what is still to come. */
import { Command } from 'commander';
import type { TableCheck } from '../tables/commits/verify-table.ts';
import { status } from './exit-status.ts';
import { bytesText, plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { paintResult } from './paint.ts';

const notes = `
Checked are the log of commits, the sha256 of every part, its schema, its rows and their ids against the log,
that no row is there twice, and that no other Arrow file lies in the folder.
Exit status: 0 sound; 1 something is not as it was committed, or ids of --manifest are missing; 2 a fault of usage.
`;

/** Missing ids that are told one by one. */
const MOST_IDS = 20;

export function verifyCommand(args: readonly string[] | null): Prepared {
  const command = new Command('verify')
    .description('Check a folder of committed parts, byte by byte and row by row.')
    .argument('<folder>', 'A folder that write-arrow wrote.')
    .option('--manifest <path...>', 'Manifests of the corpus: ids that are neither rows nor errors are told.')
    .addHelpText('after', notes)
    .action(async (folder: string, { manifest }: { manifest?: string[] }) => {
      const { verifyTable } = await import('../tables/commits/verify-table.ts');
      const check = await verifyTable(folder);
      const missing = manifest === undefined ? [] : await missingIds(manifest, check);
      process.stdout.write(lines(check, missing, manifest !== undefined).join(''));
      process.exitCode = check.faults.length + missing.length > 0 ? status.failed : status.done;
    });
  return { command, args: args ?? [] };
}

function lines(check: TableCheck, missing: readonly string[], isCompared: boolean): string[] {
  const { folder, kind, rows, parts, bytes, faults, errors, leftovers } = check;
  const amount = `${plural(rows, 'row')} of kind ${kind ?? 'unknown'} in ${plural(parts, 'part')}, ${bytesText(bytes)}`;
  const verdict = faults.length === 0 ? paintResult.green('sound') : paintResult.red(plural(faults.length, 'fault'));
  const said = [`${folder}  ${amount}  ${verdict}`, ...faults.map((fault) => paintResult.red(fault))];
  if (errors.length > 0) said.push(`${plural(errors.length, 'record')} failed; diglot retry ${folder} tries again`);
  if (leftovers.length > 0)
    said.push(`${plural(leftovers.length, 'file')} of killed writers; diglot clean ${folder} clears up`);
  if (isCompared)
    said.push(missing.length === 0 ? 'nothing is missing' : paintResult.red(`${plural(missing.length, 'id')} missing`));
  said.push(...missing.slice(0, MOST_IDS).map((id) => `  ${id}`));
  if (missing.length > MOST_IDS) said.push(`  and ${missing.length - MOST_IDS} more`);
  return said.map((line) => `${line}\n`);
}

/** Ids of the manifests that the table has neither rows nor errors of. */
async function missingIds(paths: readonly string[], { sources, errors }: TableCheck): Promise<string[]> {
  const { findManifests, readManifestEntries } = await import('../manifests/find-manifests.ts');
  const failed = new Set(errors.map(({ source }) => source));
  const missing = new Set<string>();
  for (const path of paths) {
    for (const manifest of await findManifests(path, null)) {
      for await (const entry of readManifestEntries(manifest, { root: null, within: '/', columns: {} })) {
        const { id } = entry;
        if (id !== null && !sources.has(id) && !failed.has(id)) missing.add(id);
      }
    }
  }
  return [...missing];
}
