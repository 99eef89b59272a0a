/** `diglot status`: what a queue holds, over all machines. */
import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus } from '../queue/submissions.ts';
import { status } from './exit-status.ts';
import { openLiveRegion } from './live-region.ts';
import type { Prepared } from './make-command.ts';
import { addQueueFlags, withQueue } from './queue-flags.ts';
import { queueLines } from './submission-lines.ts';

/** Milliseconds between two looks. */
const PERIOD = 1000;

const notes = `
Shards that have not begun count as much as the others on average: the records in all and the time left are reckoned.
Exit status: 0 nothing failed; 1 a shard failed for good; 2 a fault of usage, or no queue there.
`;

export function statusCommand(args: readonly string[] | null): Prepared {
  const command = addQueueFlags(
    new Command('status')
      .description('Show how far the submissions of a queue are, over all machines.')
      .option('--json', 'One object with all the figures, on one line; with --watch a line every second.', false)
      .option('--watch', 'Look again and again, until no shard waits or is at work.', false),
  )
    .addHelpText('after', notes)
    .action(async () => {
      const flags = command.opts<{ json: boolean; watch: boolean }>();
      process.exitCode = await withQueue(command, async (opened) => {
        const { queueStatus } = await import('../queue/submissions.ts');
        const region = flags.watch && !flags.json && process.stdout.isTTY ? openLiveRegion(process.stdout, null) : null;
        for (;;) {
          const now = await queueStatus(opened);
          const isLast = !flags.watch || isOver(now);
          if (flags.json) process.stdout.write(`${JSON.stringify(now)}\n`);
          else if (region !== null && !isLast) region.show(queueLines(now));
          else if (isLast) {
            region?.close();
            process.stdout.write(
              queueLines(now)
                .map((line) => `${line}\n`)
                .join(''),
            );
          }
          if (isLast) return now.submissions.some(({ shards }) => shards.failed > 0) ? status.failed : status.done;
          await sleep(PERIOD);
        }
      });
    });
  return { command, args: args ?? [] };
}

function isOver({ submissions }: QueueStatus): boolean {
  return submissions.every(({ shards }) => shards.active + shards.waiting === 0);
}
