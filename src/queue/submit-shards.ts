/** Puts a run into a queue, one job a shard. */
import { UsageError } from '../errors.ts';
import type { OpenQueue } from './open-queue.ts';
import { jobId, submissionId, type ShardJob, type SubmittedRun } from './shard-job.ts';

export interface Submitted {
  readonly submission: string;
  /** Shards that were put in, and those that wait or are at work already. */
  readonly added: number;
  readonly pending: number;
}

/** @param shards How many. @param attempts How often a shard is tried in all. @param retrySeconds Before the second try; then twice as long. */
export interface SubmitOptions {
  readonly shards: number;
  readonly attempts: number;
  readonly retrySeconds: number;
}

/**
 * The same run in as many shards again puts in what is not there: shards that failed, were cancelled, or are done (what
 * has been added to the manifest since is then made, the rest is passed over).
 * @throws UsageError `being-cancelled` while shards of a cancelled one still stop.
 */
export async function submitShards(
  { queue }: OpenQueue,
  run: SubmittedRun,
  { shards, attempts, retrySeconds }: SubmitOptions,
): Promise<Submitted> {
  const submission = submissionId(run, shards);
  const ofThis = async (states: ('waiting' | 'delayed' | 'active' | 'completed' | 'failed')[]) =>
    (await queue.getJobs(states)).filter(({ data }) => data.submission === submission);
  for (const over of await ofThis(['completed', 'failed'])) await over.remove();
  const pending = await ofThis(['waiting', 'delayed', 'active']);
  if (pending.some(({ data }) => data.cancelled)) {
    const message = `${submission} was cancelled, and ${pending.length} of its shards still stop; submit it again when diglot status shows none at work.`;
    throw new UsageError('being-cancelled', message);
  }
  const there = new Set(pending.map(({ id }) => id));
  const jobs = Array.from({ length: shards }, (_, index) => ({
    name: run.pipeline,
    data: { submission, run, shard: { index, count: shards }, cancelled: false } satisfies ShardJob,
    opts: {
      jobId: jobId(submission, index),
      attempts,
      backoff: { type: 'exponential', delay: 1000 * retrySeconds },
    },
  })).filter(({ opts }) => !there.has(opts.jobId));
  await queue.addBulk(jobs);
  return { submission, added: jobs.length, pending: there.size };
}
