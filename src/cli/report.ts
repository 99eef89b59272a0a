/** `diglot report RUN`: what a folder of scored systems shows, as one HTML page. */
import { Command } from 'commander';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Prepared } from './make-command.ts';

interface ReportFlags {
  readonly out?: string;
  readonly baseline?: string;
  readonly system?: string;
  readonly worst: string;
  readonly audio: string;
}

const notes = `
RUN is a folder with a table NAME.scores.arrow for each system, as "diglot run evaluate --out RUN --system NAME"
writes it. Systems that differ in the weight of their language terms alone are drawn as a curve over it; systems whose
names begin with "oracle" were told the reference, and are shown last. A folder with steps.arrow is a training run:
its page shows losses, learning rate, held-out checks, calibration and the texts that changed. A folder with sweep.arrow
is a sweep over stored n-best lists: its page shows the curves and the best settings.

The page is one file: it needs no network, and has the audio of the worst utterances in it.
`;

export function reportCommand(args: readonly string[] | null): Prepared {
  const command = new Command('report')
    .description('Show the systems of an evaluation side by side, a training run or a sweep, as a page of HTML.')
    .argument('<run>', 'Folder with a table NAME.scores.arrow for each system, of a training run, or of a sweep.')
    .option('-o, --out <file>', 'The page. Default: report.html in the folder; - is standard output.')
    .option('--baseline <system>', 'System to compare with. Default: the one named baseline, else the first by name.')
    .option('--system <system>', 'System to look at closely. Default: the one with the lowest mixed error rate.')
    .option('--worst <count>', 'How many of its worst utterances are shown.', '20')
    .option('--audio <megabytes>', 'Audio in the page, MB at most; 0 leaves it out.', '8')
    .addHelpText('after', notes)
    .action(async (run: string, { out, baseline, system, worst, audio }: ReportFlags) => {
      const [{ writeReport }, { isTrainingRun, writeTrainingReport }, { isSweep, writeSweepReport }, { writeFile }] =
        await Promise.all([
          import('../report/write-report.ts'),
          import('../report/training-report.ts'),
          import('../report/sweep-report.ts'),
          import('node:fs/promises'),
        ]);
      const evaluation = () =>
        writeReport(run, {
          baseline: baseline ?? null,
          system: system ?? null,
          worst: amount('--worst', worst),
          audioBytes: 1e6 * amount('--audio', audio),
        });
      const page = isTrainingRun(run)
        ? await writeTrainingReport(run)
        : await (isSweep(run) ? writeSweepReport(run) : evaluation());
      if (out === '-') process.stdout.write(page);
      else {
        const path = out ?? join(run, 'report.html');
        await writeFile(path, page);
        process.stdout.write(`${path}\n`);
      }
    });
  return { command, args: args ?? [] };
}

function amount(flag: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number >= 0 && Number.isFinite(number)) return number;
  throw new UsageError('option', `${flag} takes a number from 0, not ${JSON.stringify(text)}.`);
}
