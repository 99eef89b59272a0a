/**
 * Takes shards from a queue and has each run in a process of its own. BullMQ renews the lock of a job that is at work,
 * and gives a job whose lock ran out to another worker. So a shard may be run twice, even at the same time; that
 * nothing is doubled is the commit log's doing (src/tables/commits), not the queue's.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenQueue, QueuedShard } from './open-queue.ts';
import { shardJob, type ShardJob, type ShardProgress } from './shard-job.ts';
import { startShard, type ShardProcess } from './shard-process.ts';

export interface WorkOptions {
  /** The module that a shard's process runs. */
  readonly entry: URL;
  /** Shards at once. */
  readonly jobs: number;
  /** Seconds without a renewal after which a worker is taken for dead. */
  readonly lockSeconds: number;
  /** Stands for the working folder of the submissions; null takes it as it is. */
  readonly directory: string | null;
  /** false: no pipeline or plugin in TypeScript is executed, whatever the submission allows. */
  readonly allowTypeScript: boolean;
  /** Ends when nothing waits or is at work any more. */
  readonly untilEmpty: boolean;
  readonly note: (message: string) => void;
}

export interface Work {
  /** What the shards came to that ended here: done, failed for good, and records that became error rows. */
  readonly ended: Promise<{ readonly done: number; readonly failed: number; readonly errorRows: number }>;
  /** What is in flight is finished and committed; the shards go back to the queue. */
  readonly drain: () => void;
  readonly abort: () => void;
}

/** As often as a shard may lose its worker: one that brings down every machine must not go on for ever. */
const MOST_STALLS = 10;

/** This worker's name: host and process. */
export const workerName = `${hostname()}:${process.pid}`;

/** A shard that is at work here. */
interface AtWork {
  readonly process: ShardProcess;
  /** Why it was told to stop; null: it was not. */
  stopped: 'draining' | 'cancelled' | 'lost' | null;
}

export function workOnQueue(opened: OpenQueue, options: WorkOptions): Work {
  const { queue, errors, address } = opened;
  const { note } = options;
  const atWork = new Map<string, AtWork>();
  const sums = { done: 0, failed: 0, errorRows: 0 };
  let isStopping = false;

  const processJob = async (job: QueuedShard, token?: string): Promise<ShardProgress> => {
    const parsed = shardJob.safeParse(job.data);
    if (!parsed.success) {
      throw new errors.UnrecoverableError('This job is not one of diglot submit, or of another version of it.');
    }
    if (parsed.data.cancelled) throw new errors.UnrecoverableError(CANCELLED);
    const name = nameOf(parsed.data);
    note(`${name}: begun`);
    const started = startShard(options.entry, asHere(parsed.data, options), {
      progress: (progress) =>
        tell(job, progress, queue, () => {
          note(`${name}: cancelled, finishing what is in flight`);
          stop(job.id!, 'cancelled');
        }),
      note: (message) => note(`${name}: ${message}`),
    });
    const here: AtWork = { process: started, stopped: null };
    atWork.set(job.id!, here);
    if (isStopping) stop(job.id!, 'draining');
    const { stopped, progress } = await started.ended.finally(() => atWork.delete(job.id!));
    if (!stopped) return progress;
    if (here.stopped === 'cancelled') throw new errors.UnrecoverableError(CANCELLED);
    if (here.stopped === 'lost') throw new Error('The lock of the shard was lost; another worker has it.');
    await job.moveToWait(token);
    note(`${name}: back in the queue, ${progress.written} written are kept`);
    throw new errors.WaitingError();
  };

  const stop = (id: string, why: NonNullable<AtWork['stopped']>): void => {
    const here = atWork.get(id);
    if (here === undefined || here.stopped !== null) return;
    here.stopped = why;
    here.process.drain();
  };

  const worker = opened.worker(processJob, {
    name: workerName,
    concurrency: options.jobs,
    lockDuration: 1000 * options.lockSeconds,
    stalledInterval: 500 * options.lockSeconds,
    maxStalledCount: MOST_STALLS,
    runRetryDelay: 1000,
  });
  worker.on('completed', (job, progress) => {
    sums.done += 1;
    sums.errorRows += progress.failed;
    const { written, present, failed } = progress;
    note(`${nameOf(job.data)}: done, ${written} written, ${present} were there, ${failed} failed`);
  });
  worker.on('failed', (job, error) => {
    if (job === undefined) return;
    const name = nameOf(job.data);
    if (error.message === CANCELLED) {
      note(`${name}: cancelled, what was made is kept`);
      job.remove().catch(() => undefined);
      return;
    }
    const isLast = job.finishedOn !== undefined;
    if (isLast) sums.failed += 1;
    const attempt = `attempt ${job.attemptsMade} of ${job.opts.attempts ?? 1}`;
    note(`${name}: failed, ${attempt}${isLast ? '' : ', and will be tried again'}: ${error.message}`);
  });
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) {
      if (atWork.get(id)?.stopped === null) note(`${id}: another worker has it by now; this one stops`);
      stop(id, 'lost');
    }
  });
  worker.on('stalled', (id) => note(`${id}: its worker went away; it waits for another`));
  let isAway = false;
  worker.on('error', (error) => {
    if (/\block\b/i.test(error.message)) return; // told above
    const { code } = error as NodeJS.ErrnoException; // a text where a connection broke, a number where a job is at fault
    const isBroken = typeof code === 'string' || /connect/i.test(error.message);
    if (!isBroken) note(error.message);
    else if (!isAway) note(`${address} does not answer (${error.message}); what is at work goes on meanwhile`);
    isAway ||= isBroken;
  });
  const watch = setInterval(() => {
    if (!isAway) return;
    void queue.getJobCounts('active').then(
      () => {
        if (isAway) note(`${address} answers again`);
        isAway = false;
      },
      () => undefined,
    );
  }, 1000);

  const close = async (): Promise<void> => {
    isStopping = true;
    for (const id of atWork.keys()) stop(id, 'draining');
    await worker.close();
  };
  const emptied = async (): Promise<void> => {
    for (;;) {
      await sleep(1000);
      const counts = await queue.getJobCounts('waiting', 'delayed', 'active').catch(() => null);
      if (counts !== null && Object.values(counts).every((jobs) => jobs === 0)) return;
      if (isStopping) return;
    }
  };
  const closed = new Promise<void>((resolve) => worker.once('closed', resolve));
  if (options.untilEmpty) void emptied().then(close);
  return {
    ended: closed.then(() => {
      clearInterval(watch);
      return sums;
    }),
    drain: () => void close(),
    abort: () => {
      for (const { process } of atWork.values()) process.abort();
    },
  };
}

const CANCELLED = 'cancelled';

function nameOf({ submission, shard }: ShardJob): string {
  return `${submission} ${shard.index}/${shard.count}`;
}

/** The job by what this worker allows, and where it has the files. */
function asHere(job: ShardJob, { directory, allowTypeScript }: WorkOptions): ShardJob {
  const { run } = job;
  return {
    ...job,
    run: {
      ...run,
      directory: directory ?? run.directory,
      allowTypeScript: run.allowTypeScript && allowTypeScript,
    },
  };
}

/** Jobs whose last report is still on its way: while the server is away there are not more and more of them. */
const telling = new WeakSet<QueuedShard>();

/** Stores how far a job is, and looks whether it was cancelled meanwhile. A report that cannot be stored is no harm. */
function tell(job: QueuedShard, progress: ShardProgress, queue: OpenQueue['queue'], cancel: () => void): void {
  if (telling.has(job)) return;
  telling.add(job);
  void job
    .updateProgress(progress)
    .then(async () => {
      if ((await queue.getJob(job.id!))?.data.cancelled === true) cancel();
    })
    .catch(() => undefined)
    .finally(() => telling.delete(job));
}
