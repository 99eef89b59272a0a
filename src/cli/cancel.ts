/** `diglot cancel`: takes a submission out of a queue. */
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { OpenQueue } from '../queue/open-queue.ts';
import { status } from './exit-status.ts';
import { plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { addQueueFlags, secondsFrom, withQueue } from './queue-flags.ts';

interface CancelFlags {
  readonly wait: number;
  readonly forget: boolean;
}

const notes = `
Shards that wait leave the queue at once. Workers finish and commit what they have in flight, and then take the next
shard of another submission. What was made is kept, and diglot submit with the same options goes on from there.
Exit status: 0 nothing of it is at work any more; 1 a worker has not stopped in time; 2 a fault of usage, or no queue there.
`;

export function cancelCommand(args: readonly string[] | null): Prepared {
  const command = addQueueFlags(
    new Command('cancel')
      .description('Take a submission out of a queue; what was made is kept.')
      .argument('[submission]', 'As submit and status name it; not needed where there is only one.')
      .option(
        '--wait <seconds>',
        'How long workers have to finish what is in flight: 60 unless told.',
        secondsFrom(0),
        60,
      )
      .option('--forget', 'Forget also which shards are done and which failed, and why.', false),
  )
    .addHelpText('after', notes)
    .action(async (named: string | undefined) => {
      const { wait, forget } = command.opts<CancelFlags>();
      process.exitCode = await withQueue(command, (opened) => cancel(opened, named ?? null, wait, forget));
    });
  return { command, args: args ?? [] };
}

async function cancel(opened: OpenQueue, named: string | null, wait: number, forget: boolean): Promise<number> {
  const [{ queueStatus }, { cancelSubmission, forgetSubmission }] = await Promise.all([
    import('../queue/submissions.ts'),
    import('../queue/cancel-submission.ts'),
  ]);
  const names = (await queueStatus(opened)).submissions.map(({ submission }) => submission);
  const submission = chosen(named, names);
  const { removed, stopped, done, left } = await cancelSubmission(opened, submission, wait);
  const forgotten = forget ? await forgetSubmission(opened, submission) : 0;
  const said = [
    `${plural(removed, 'shard')} removed`,
    `${stopped} stopped at work`,
    ...(done > 0 ? [`${done} were done before they heard of it`] : []),
    ...(left > 0 ? [`${left} have not stopped in ${wait} seconds; they will when their workers hear of it`] : []),
    ...(forget ? [`${forgotten} forgotten`] : []),
  ];
  process.stdout.write(`${submission}  ${said.join(', ')}\n`);
  return left > 0 ? status.failed : status.done;
}

/** @throws UsageError `submission` */
function chosen(named: string | null, names: readonly string[]): string {
  const there = names.length === 0 ? 'Nothing was submitted.' : `There are ${names.join(', ')}.`;
  if (named !== null) {
    if (names.includes(named)) return named;
    throw new UsageError('submission', `The queue has no submission ${named}. ${there}`);
  }
  if (names.length === 1) return names[0]!;
  throw new UsageError('submission', `Which submission is to be cancelled? ${there}`);
}
