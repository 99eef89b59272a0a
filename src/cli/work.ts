/** `diglot work`: takes shards from a queue until it is stopped. */
import { Command } from 'commander';
import { extname, resolve } from 'node:path';
import { signalStatus, status } from './exit-status.ts';
import type { Interrupt } from './interrupt.ts';
import type { Prepared } from './make-command.ts';
import { paint } from './paint.ts';
import { addQueueFlags, secondsFrom, wholeNumber, withQueue } from './queue-flags.ts';

interface WorkFlags {
  readonly jobs: number;
  readonly lock: number;
  readonly directory?: string;
  readonly ts: boolean;
  readonly untilEmpty: boolean;
  readonly quiet: boolean;
}

const notes = `
Every shard runs in a process of its own, as diglot run --shard would run it. A worker that dies loses its shards to
others when --lock seconds have passed; they go on from what was committed. While the queue's server is away, what is
at work goes on.
Whoever can write to the queue can have pipelines run here: give its server a password, and --no-ts to its workers.

Ctrl-C or SIGTERM: what is in flight is finished and committed, the shards go back to the queue; a second one stops
at once.
Exit status: 0 the queue is empty (--until-empty); 1 a shard failed here for good; 2 a fault of usage, or no queue
there; 3 some records became error rows; 130, 143 stopped by a signal.
`;

export function workCommand(args: readonly string[] | null): Prepared {
  const command = addQueueFlags(
    new Command('work')
      .description('Run what diglot submit put into a queue, shard by shard.')
      .option('--jobs <n>', 'Shards at once, each in its own process: 1 unless told.', wholeNumber(1), 1)
      .option('--lock <seconds>', 'Silence after which a worker is taken for dead: 30 unless told.', secondsFrom(1), 30)
      .option('--directory <folder>', 'What stands here for the working folder of the submissions.')
      .option('--no-ts', 'Refuse TypeScript: neither a pipeline nor a plugin is executed.')
      .option('--until-empty', 'End when no shard waits or is at work anywhere.', false)
      .option('--quiet', 'No notes.', false),
  )
    .addHelpText('after', notes)
    .action(async () => {
      process.exitCode = await work(command);
    });
  return { command, args: args ?? [] };
}

async function work(command: Command): Promise<number> {
  const { jobs, lock, directory, ts, untilEmpty, quiet } = command.opts<WorkFlags>();
  const { workOnQueue, workerName } = await import('../queue/work-on-queue.ts');
  const note = (line: string): void => {
    if (!quiet) process.stderr.write(`${paint.dim(new Date().toISOString().slice(11, 19))} ${line}\n`);
  };
  return withQueue(command, async (opened) => {
    const running = workOnQueue(opened, {
      entry: new URL(`./run-shard${extname(import.meta.url)}`, import.meta.url),
      jobs,
      lockSeconds: lock,
      directory: directory === undefined ? null : resolve(directory),
      allowTypeScript: ts,
      untilEmpty,
      note,
    });
    note(`${workerName} takes shards from ${opened.address}`);
    let signal: Interrupt | null = null;
    let count = 0;
    const onSignal = (name: Interrupt): void => {
      signal ??= name;
      count += 1;
      if (count > 2) process.exit(signalStatus(name));
      note(count === 1 ? 'finishing what is in flight; once more to stop at once' : 'stopping at once');
      if (count === 1) running.drain();
      else running.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    const { failed, errorRows } = await running.ended;
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (signal !== null) return signalStatus(signal);
    if (failed > 0) return status.failed;
    return errorRows > 0 ? status.errorRows : status.done;
  });
}
