/** `diglot clean DIR`: clears away what killed writers left in a folder of committed parts. */
import { Command, InvalidArgumentError } from 'commander';
import { bytesText, plural } from './figures.ts';
import type { Prepared } from './make-command.ts';

const notes = `
Temporary files of processes of this machine that are gone are removed at once. Those of other machines are
removed when nobody has written to them for --idle seconds. What is committed is never touched.
`;

export function cleanCommand(args: readonly string[] | null): Prepared {
  const command = new Command('clean')
    .description('Remove what killed runs left in a folder of committed parts.')
    .argument('<folder>', 'A folder that write-arrow wrote.')
    .option('--idle <seconds>', "Seconds after which another machine's file is taken for left.", seconds, 86_400)
    .addHelpText('after', notes)
    .action(async (folder: string, { idle }: { idle: number }) => {
      const { cleanTable } = await import('../tables/commits/clean-table.ts');
      const { removed, bytes, named, kept } = await cleanTable(folder, idle);
      const said = [`removed ${plural(removed.length, 'file')}, ${bytesText(bytes)}`];
      if (named.length > 0) said.push(`gave ${plural(named.length, 'committed part')} the name that a killed run owed`);
      if (kept.length > 0) said.push(`kept ${plural(kept.length, 'file')} that a run may be writing`);
      process.stdout.write(said.map((line) => `${line}\n`).join(''));
    });
  return { command, args: args ?? [] };
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('Expected seconds, 0 or more.');
  return value;
}
