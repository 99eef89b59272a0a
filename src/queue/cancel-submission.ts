/** Takes a submission out of a queue: what waits at once, what is at work when it has committed what it has in flight. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenQueue } from './open-queue.ts';

export interface Cancelled {
  /** Shards that waited; that were at work and stopped; that were done before they heard of it. */
  readonly removed: number;
  readonly stopped: number;
  readonly done: number;
  /** Shards whose workers have not stopped in time; they stop when they hear of it. */
  readonly left: number;
}

/**
 * Marks every shard as cancelled before it takes one out: a worker that takes one meanwhile sees the mark. Shards that
 * are done or have failed stay as they are.
 * @param waitSeconds How long workers have to stop.
 */
export async function cancelSubmission(
  { queue }: OpenQueue,
  submission: string,
  waitSeconds: number,
): Promise<Cancelled> {
  const pending = (await queue.getJobs(['waiting', 'delayed', 'active'])).filter(
    ({ data }) => data.submission === submission,
  );
  for (const job of pending) await job.updateData({ ...job.data, cancelled: true });
  let removed = 0;
  const atWork = new Set<string>();
  for (const job of pending) {
    try {
      await job.remove();
      removed += 1;
    } catch {
      atWork.add(job.id!); // a worker has its lock
    }
  }
  let stopped = 0;
  let done = 0;
  const until = performance.now() + 1000 * waitSeconds;
  while (atWork.size > 0 && performance.now() < until) {
    await sleep(200);
    for (const id of atWork) {
      const state = await queue.getJobState(id);
      if (state === 'unknown') stopped += 1;
      else if (state === 'completed') done += 1;
      else continue;
      atWork.delete(id);
    }
  }
  return { removed, stopped, done, left: atWork.size };
}

/** Forgets shards that are done or have failed. @returns How many. */
export async function forgetSubmission({ queue }: OpenQueue, submission: string): Promise<number> {
  const over = (await queue.getJobs(['completed', 'failed'])).filter(({ data }) => data.submission === submission);
  for (const job of over) await job.remove();
  return over.length;
}
