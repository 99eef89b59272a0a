/** `diglot convert FROM TO`: a table as one Parquet or Arrow file. */
import { Command } from 'commander';
import { bytesText, plural } from './figures.ts';
import type { Prepared } from './make-command.ts';

const notes = `
Examples:
  diglot convert nbest nbest.parquet                for Spark, DuckDB, pandas: zstd, nested columns as they are
  diglot convert nbest nbest.arrow --sort           one Arrow stream, the same bytes whatever the parts were

Of a folder the committed parts are taken, in the order of their commits.
`;

export function convertCommand(args: readonly string[] | null): Prepared {
  const command = new Command('convert')
    .description('Write a table as one Parquet or Arrow file.')
    .argument('<from>', 'An Arrow file that diglot wrote, or a folder of them.')
    .argument('<to>', 'The file; its name ends in .parquet or .arrow.')
    .option('--sort', 'Rows by id; all of them are in memory for that.')
    .addHelpText('after', notes)
    .action(async (from: string, to: string, { sort }: { sort?: boolean }) => {
      const { convertTable } = await import('../tables/convert-table.ts');
      const { rows, bytes } = await convertTable(from, to, { sort: sort === true });
      process.stderr.write(`wrote ${to}  ${plural(rows, 'row')}, ${bytesText(bytes)}\n`);
    });
  return { command, args: args ?? [] };
}
