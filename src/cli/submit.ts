/** `diglot submit PIPELINE`: puts a run into a queue, one job a shard, for the machines on which `diglot work` runs. */
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Plan } from '../graphs/plan.ts';
import { status } from './exit-status.ts';
import { plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { takesPipeline, withPipeline } from './pipeline-command.ts';
import { addQueueFlags, secondsFrom, wholeNumber, withQueue } from './queue-flags.ts';
import { plansOf } from './run-pipeline.ts';

interface SubmitFlags {
  readonly shards: number;
  readonly attempts: number;
  readonly retryAfter: number;
}

const notes = `
The pipeline must write folders of committed parts, on a disk that all machines see: their log sees to it that a row is
there once, whatever the queue does. Relative paths are taken from the working folder, which the workers must have too
(or diglot work --directory). The same command again puts in what failed, was cancelled, or is done; nothing is made twice.
Exit status: 0 put in; 2 a fault of usage or of the pipeline, or no queue there.
`;

export function submitCommand(args: readonly string[] | null): Promise<Prepared> {
  const make = () =>
    addQueueFlags(
      takesPipeline(new Command('submit').description('Put a run into a queue, for the workers of many machines.'))
        .requiredOption('--shards <N>', 'How many jobs to make of it; some minutes each are best.', wholeNumber(1))
        .option('--attempts <n>', 'How often a shard that fails is tried in all: 3 unless told.', wholeNumber(1), 3)
        .option(
          '--retry-after <seconds>',
          'Before its second try: 10 unless told; then twice as long each.',
          secondsFrom(0),
          10,
        ),
    ).addHelpText('after', notes);
  return withPipeline(make, args, 'run', async (request, command) => {
    const checked = await plansOf(request);
    if (checked === null) return status.usage;
    for (const { plan } of checked) refuseOtherSinks(plan);
    const { shards, attempts, retryAfter } = command.opts<SubmitFlags>();
    const run = {
      pipeline: command.args[0]!,
      parameters: Object.entries(request.parameters),
      overrides: [...request.overrides],
      allowTypeScript: request.allowTypeScript,
      directory: process.cwd(),
    };
    const { submitShards } = await import('../queue/submit-shards.ts');
    await withQueue(command, async (opened) => {
      const { submission, added, pending } = await submitShards(opened, run, {
        shards,
        attempts,
        retrySeconds: retryAfter,
      });
      const rest = pending > 0 ? `, ${plural(pending, 'shard')} waited or were at work already` : '';
      process.stdout.write(`${submission}  ${plural(added, 'shard')} put in ${opened.address}${rest}\n`);
    });
    return status.done;
  });
}

/** Shards that wrote into one file, or began by emptying the folder, would take each other's rows away. */
function refuseOtherSinks({ nodes }: Plan): void {
  const sinks = nodes.filter(({ operator }) => operator.description.sink === true);
  for (const { id, operator, options } of sinks) {
    const path = typeof options['path'] === 'string' ? options['path'] : '';
    const isFolder = operator.description.name === 'write-arrow' && !path.endsWith('.arrow');
    if (!isFolder) {
      throw new UsageError(
        'not-shared',
        `Shards on many machines can only fill a folder of write-arrow together; the node ${id} is ${operator.description.name}${path === '' ? '' : ` to ${path}`}. Fill a folder, and convert it afterwards.`,
      );
    }
    if (options['overwrite'] === true) {
      throw new UsageError(
        'not-shared',
        `Every shard would empty ${path}; leave out overwrite of the node ${id}, and remove the folder if it is to be made anew.`,
      );
    }
  }
}
