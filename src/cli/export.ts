/** `diglot export`: a model written as a Hugging Face folder with smaller weights. */
import { Command, Option } from 'commander';
import type { Precision } from '../whisper/export.ts';
import { openLiveRegion } from './live-region.ts';
import type { Prepared } from './make-command.ts';

interface ExportFlags {
  readonly model: string;
  readonly out: string;
  readonly precision: Precision;
  readonly offline?: boolean;
}

export function exportCommand(args: readonly string[] | null): Prepared {
  const command = new Command('export')
    .description('Write a model with its weights in 8, 16 or 32 bits.')
    .requiredOption('--model <name>', 'A folder, a name under models/, or a hub id owner/name.')
    .requiredOption('-o, --out <folder>', 'Folder to make; it must not be there.')
    .addOption(
      new Option(
        '--precision <precision>',
        'Form of the weights; int8 has one scale a row of every matrix, and the rest in 16 bits.',
      )
        .choices(['int8', 'f16', 'f32'] satisfies Precision[])
        .default('int8' satisfies Precision),
    )
    .option('--offline', 'Refuse to fetch a model that is not on this machine.')
    .action(async ({ model, out, precision, offline }: ExportFlags) => {
      const [{ exportModel }, { findModel }] = await Promise.all([
        import('../whisper/export.ts'),
        import('../whisper/find-model.ts'),
      ]);
      const region = process.stderr.isTTY ? openLiveRegion(process.stderr, null) : null;
      const note = (message: string): void => region?.show([message]);
      let sha256: string;
      try {
        const from = await findModel(model, { offline: offline === true, note });
        sha256 = await exportModel({ from, to: out, precision, note });
      } finally {
        region?.close();
      }
      process.stdout.write(`${out}\nsha256 of the weights ${sha256}\n`);
    });
  return { command, args: args ?? [] };
}
