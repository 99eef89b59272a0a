/** `diglot explain FILE.arrow`: how a table came to be, out of its own metadata. */
import { Command } from 'commander';
import type { Prepared } from './make-command.ts';

export function explainCommand(args: readonly string[] | null): Prepared {
  const command = new Command('explain')
    .description('Tell how an Arrow file came to be: pipeline, overrides, model, versions, rows, columns.')
    .argument('<file>', 'An Arrow file that diglot wrote.')
    .action(async (file: string) => {
      const { explainArrow } = await import('../tables/explain.ts');
      process.stdout.write(await explainArrow(file));
    });
  return { command, args: args ?? [] };
}
