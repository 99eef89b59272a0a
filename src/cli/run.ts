/** `diglot run PIPELINE`: runs it; a file that declares several (a sweep) has them run one after the other. */
import { Command } from 'commander';
import { chooseDisplay } from './display.ts';
import { takesPipeline, withPipeline } from './pipeline-command.ts';
import type { Prepared } from './make-command.ts';
import { runPipeline } from './run-pipeline.ts';

/** Flags that say how a run shows itself; `transcribe` has the same. */
export function addDisplayFlags(command: Command): Command {
  return command
    .option(
      '--top',
      'Live table of the nodes: rate, queue, time busy, starved (nothing came) and blocked (nobody took).',
    )
    .option('--quiet', 'No progress and no notes, only the closing lines.')
    .option('--json', 'Progress and report as lines of JSON on standard error.');
}

const notes = `
Progress tells how many source records are done, the real-time factor (seconds of audio settled in a second
of wall clock), and what has failed. At the end the counts must add up: 12 in = 10 written + 1 failed + 1 dropped.

Ctrl-C finishes and commits what is in flight; a second one stops at once. SIGTERM counts as a first Ctrl-C.

Exit status: 0 all done; 1 the run failed, or the counts do not add up; 2 a fault of usage or of the
pipeline; 3 finished, but some records became error rows; 130, 143 stopped by a signal before all was done.
`;

export function runCommand(args: readonly string[] | null): Promise<Prepared> {
  const make = () =>
    addDisplayFlags(takesPipeline(new Command('run').description('Run a pipeline.')))
      .option('--only-missing', 'Of several pipelines in the file, those of which an Arrow file is missing.')
      .addHelpText('after', notes);
  return withPipeline(make, args, 'run', (request, command) =>
    runPipeline(
      { ...request, onlyMissing: command.opts<{ onlyMissing?: boolean }>().onlyMissing === true },
      chooseDisplay(command.opts()),
      command.optsWithGlobals<{ debug?: boolean }>().debug === true,
    ),
  );
}
