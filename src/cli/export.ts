/** `diglot export`: a model written for other programs, or with smaller weights. */
import { Command, Option } from 'commander';
import type { ExportFormat, ExportPrecision } from '../whisper/export.ts';
import { openLiveRegion } from './live-region.ts';
import type { Prepared } from './make-command.ts';

interface ExportFlags {
  readonly model: string;
  readonly adapter?: readonly string[];
  readonly out: string;
  readonly format: ExportFormat;
  readonly precision?: ExportPrecision;
  readonly offline?: boolean;
}

// Here once more, since the command's help must not load the networks; `satisfies` and a test hold it to export.ts.
const formats = ['safetensors', 'onnx', 'ggml', 'peft'] as const satisfies ExportFormat[];
const precisions = ['int8', 'int4', 'f16', 'f32', 'q8_0', 'q5_1', 'q5_0'] as const satisfies ExportPrecision[];

export function exportCommand(args: readonly string[] | null): Prepared {
  const command = new Command('export')
    .description(
      'Write a model as a Hugging Face folder (safetensors), as ONNX files with a README, or as one ggml file for whisper.cpp; or its adapters as one (peft).',
    )
    .requiredOption('--model <name>', 'A folder, a name under models/, or a hub id owner/name.')
    .option(
      '--adapter <name...>',
      'Adapters that are merged into the weights, or with peft into one adapter: folders in PEFT layout, or names under models/adapters/; name@0.7 merges 0.7 of one.',
    )
    .requiredOption('-o, --out <path>', 'Folder to make, or file where the format is ggml; it must not be there.')
    .addOption(new Option('--format <format>', 'What to write.').choices(formats).default('safetensors'))
    .addOption(
      new Option(
        '--precision <precision>',
        'Form of the weights: int8 (default), f16 or f32 in safetensors; f32 (default), int8 or int4 in onnx; f16 (default), f32, q8_0, q5_1 or q5_0 in ggml; f16 (default) or f32 in peft.',
      ).choices(precisions),
    )
    .option('--offline', 'Refuse to fetch a model that is not on this machine.')
    .action(async ({ model, adapter, out, format, precision, offline }: ExportFlags) => {
      const [{ exportModel }, { findModel }] = await Promise.all([
        import('../whisper/export.ts'),
        import('../whisper/find-model.ts'),
      ]);
      const region = process.stderr.isTTY ? openLiveRegion(process.stderr, null) : null;
      const note = (message: string): void => region?.show([message]);
      let sha256: string;
      try {
        const from = await findModel(model, { offline: offline === true, note });
        sha256 = await exportModel({
          from,
          adapters: adapter ?? [],
          to: out,
          format,
          ...(precision && { precision }),
          note,
        });
      } finally {
        region?.close();
      }
      process.stdout.write(`${out}\nsha256 of the weights ${sha256}\n`);
    });
  return { command, args: args ?? [] };
}
