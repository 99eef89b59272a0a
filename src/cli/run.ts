/** `diglot run PIPELINE`: runs it; a file that declares several (a sweep) has them run one after the other. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Shard } from '../graphs/run.ts';
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

A write-arrow whose path is a folder commits its rows part by part. The same command goes on where a run was killed;
diglot verify, diff, retry, clean and convert take such a folder.

Ctrl-C finishes and commits what is in flight; a second one stops at once. SIGTERM counts as a first Ctrl-C.

Exit status: 0 all done; 1 the run failed, or the counts do not add up; 2 a fault of usage or of the
pipeline; 3 finished, but some records became error rows; 130, 143 stopped by a signal before all was done.
`;

export function runCommand(args: readonly string[] | null): Promise<Prepared> {
  const make = () =>
    addDisplayFlags(takesPipeline(new Command('run').description('Run a pipeline.')))
      .addOption(
        new Option(
          '--shard <i/N>',
          'Run one of N shards, i from 0: 3/16. Any N gives the same rows, whatever is killed or run twice.',
        ).argParser(parseShard),
      )
      .option('--only-missing', 'Of several pipelines in the file, those of which an Arrow file is missing.')
      .addHelpText('after', notes);
  return withPipeline(make, args, 'run', (request, command) =>
    runPipeline(
      {
        ...request,
        onlyMissing: command.opts<{ onlyMissing?: boolean }>().onlyMissing === true,
        shard: command.opts<{ shard?: Shard }>().shard ?? null,
      },
      chooseDisplay(command.opts()),
      command.optsWithGlobals<{ debug?: boolean }>().debug === true,
    ),
  );
}

/** `3/16`: one of 16 shards, counted from 0. */
function parseShard(text: string): Shard {
  const [, index = '', count = ''] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index === '' || shard.index >= shard.count) {
    throw new InvalidArgumentError('Expected i/N with i from 0 to N - 1, such as 3/16.');
  }
  return shard;
}
