/** `diglot cache`: what is kept of compiled graphs, tokenizers and hashes; `clear` removes it, `path` says where it is. */
import { Argument, Command } from 'commander';
import { bytesText, plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { paintResult } from './paint.ts';
import { textTable } from './text-table.ts';

const actions = ['list', 'clear', 'path'] as const;

const notes = `
A network is compiled when it is first used, and kept under the hash of its weights, the compiler and the
processor: what changes has another name, and what was not used for longest goes when all are above 2 GB. The
tokenizer of a model and the hash of its files are kept beside it. Clearing costs nothing but the time to compile again. Models that were fetched are not touched.
`;

export function cacheCommand(args: readonly string[] | null): Prepared {
  const command = new Command('cache')
    .description(
      'List the compiled graphs that are kept on this machine, with what else is worked out once, or clear them.',
    )
    .addArgument(new Argument('[action]', 'What to do.').choices(actions).default('list'))
    .option('--cache-folder <folder>', 'Folder of the cache. Default: .cache/diglot in the home folder.')
    .addHelpText('after', notes)
    .action(async (action: (typeof actions)[number], { cacheFolder }: { cacheFolder?: string }) => {
      const { clearEntries, graphFolder, listEntries } = await import('../tensors/compile/graph-cache.ts');
      const folder = graphFolder(cacheFolder);
      if (action === 'path') {
        process.stdout.write(`${folder}\n`);
        return;
      }
      const entries = await listEntries(folder);
      const total = `${plural(entries.length, 'entry', 'entries')}, ${bytesText(entries.reduce((sum, { bytes }) => sum + bytes, 0))}`;
      if (action === 'clear') {
        await clearEntries(folder);
        process.stdout.write(`removed ${total} from ${folder}\n`);
        return;
      }
      const [heading = '', ...rows] = textTable(entries, [
        { heading: 'entry', align: 'left', cell: ({ title }) => title },
        { heading: 'size', align: 'right', cell: ({ bytes }) => bytesText(bytes) },
        { heading: 'last used', align: 'left', cell: ({ used }) => used.toISOString().slice(0, 16).replace('T', ' ') },
        { heading: 'key', align: 'left', cell: ({ key }) => key },
      ]);
      process.stdout.write(`${[paintResult.dim(heading), ...rows, `${total} in ${folder}`].join('\n')}\n`);
    });
  return { command, args: args ?? [] };
}
