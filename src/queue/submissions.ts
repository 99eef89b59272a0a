/** What a queue holds, by submission: how far it is over all machines, how fast, and what failed. */
import type { OpenQueue, QueuedShard } from './open-queue.ts';
import { shardJob, shardProgress, type ShardJob, type ShardProgress } from './shard-job.ts';

/** A job as the queue tells of it. */
export interface KnownShard {
  readonly job: ShardJob;
  readonly state: 'waiting' | 'active' | 'done' | 'failed';
  /** null: no worker has told yet. */
  readonly progress: ShardProgress | null;
  /** Tries that failed. */
  readonly attempts: number;
  /** Of the last that failed. */
  readonly reason: string | null;
  /** The worker that has it, or had it last: host and process. */
  readonly worker: string | null;
  /** Milliseconds since 1970: when it was submitted, and begun. */
  readonly submitted: number;
  readonly begun: number | null;
}

export interface ShardFailure {
  readonly shard: string;
  readonly attempts: number;
  readonly worker: string | null;
  readonly reason: string;
  /** Whether it will be tried again by itself. */
  readonly triedAgain: boolean;
}

export interface ShardAtWork {
  readonly shard: string;
  readonly worker: string | null;
  /** Seconds since it was begun. */
  readonly seconds: number;
  readonly progress: ShardProgress | null;
  readonly cancelled: boolean;
}

export interface SubmissionStatus {
  readonly submission: string;
  readonly run: ShardJob['run'];
  /** Milliseconds since 1970. */
  readonly submitted: number;
  readonly shards: {
    readonly count: number;
    readonly done: number;
    readonly active: number;
    readonly waiting: number;
    readonly failed: number;
    /** Taken out of the queue by `cancel`. */
    readonly cancelled: number;
  };
  /** Source records over all shards; `expected` is reckoned from the shards that have told, null while none has. */
  readonly records: {
    readonly written: number;
    readonly failed: number;
    readonly dropped: number;
    readonly present: number;
    readonly expected: number | null;
  };
  readonly audioSeconds: number;
  /** Of all machines together. */
  readonly recordsPerSecond: number | null;
  readonly realTimeFactor: number | null;
  readonly secondsLeft: number | null;
  readonly atWork: readonly ShardAtWork[];
  readonly failures: readonly ShardFailure[];
}

export interface QueueStatus {
  /** Names of the workers that are connected; null where the server does not tell. */
  readonly workers: readonly string[] | null;
  readonly submissions: readonly SubmissionStatus[];
}

/** In the order in which a job goes through them, so that one that moves on meanwhile is not missed. */
const STATES = [
  ['waiting', 'waiting'],
  ['delayed', 'waiting'],
  ['active', 'active'],
  ['completed', 'done'],
  ['failed', 'failed'],
] as const;

export async function queueStatus({ queue }: OpenQueue): Promise<QueueStatus> {
  const known = new Map<string, KnownShard>();
  for (const [state, called] of STATES) {
    for (const job of await queue.getJobs([state])) {
      if (shardJob.safeParse(job.data).success) known.set(job.id!, knownShard(job, called));
    }
  }
  const names = new Set([...known.values()].map(({ job }) => job.submission));
  const submissions = [...names].map((name) =>
    summarise(
      [...known.values()].filter(({ job }) => job.submission === name),
      Date.now(),
    ),
  );
  return { workers: await workersOf(queue), submissions: submissions.sort((a, b) => a.submitted - b.submitted) };
}

function knownShard(job: QueuedShard, state: KnownShard['state']): KnownShard {
  const told = shardProgress.safeParse(state === 'done' ? job.returnvalue : job.progress);
  return {
    job: job.data,
    state,
    progress: told.success ? told.data : null,
    attempts: job.attemptsMade,
    reason: job.failedReason ? job.failedReason : null,
    worker: job.processedBy ?? null,
    submitted: job.timestamp,
    begun: job.processedOn ?? null,
  };
}

/** Workers call themselves `…:w:NAME`, as BullMQ has it. */
async function workersOf(queue: OpenQueue['queue']): Promise<readonly string[] | null> {
  const clients = await queue.getWorkers().catch(() => null);
  const names = clients?.map(({ rawname = '' }) => rawname.split(':w:')[1]);
  return names === undefined || names.includes(undefined) ? null : [...new Set(names as string[])].sort();
}

/**
 * The status of one submission. Pure.
 * @param known Its shards, one at least; of those that are not among them it is held that they were cancelled.
 * @param now Milliseconds since 1970.
 */
export function summarise(known: readonly KnownShard[], now: number): SubmissionStatus {
  const [first] = known;
  const { submission, run, shard } = first!.job;
  const inState = (state: KnownShard['state']) => known.filter((each) => each.state === state);
  const active = inState('active');
  const told = known.flatMap(({ progress }) => progress ?? []);
  const sum = (of: (progress: ShardProgress) => number) => told.reduce((total, each) => total + of(each), 0);
  const rate = (of: (progress: ShardProgress) => number | null): number | null => {
    const rates = active.flatMap(({ progress }) => (progress === null ? [] : (of(progress) ?? [])));
    return rates.length === 0 ? null : rates.reduce((total, each) => total + each, 0);
  };
  const recordsPerSecond = rate((progress) => progress.recordsPerSecond);
  const expected = expectedRecords(known);
  const left = recordsLeft(known, expected);
  return {
    submission,
    run,
    submitted: Math.min(...known.map(({ submitted }) => submitted)),
    shards: {
      count: shard.count,
      done: inState('done').length,
      active: active.length,
      waiting: inState('waiting').length,
      failed: inState('failed').length,
      cancelled: shard.count - known.length,
    },
    records: {
      written: sum(({ written }) => written),
      failed: sum(({ failed }) => failed),
      dropped: sum(({ dropped }) => dropped),
      present: sum(({ present }) => present),
      expected,
    },
    audioSeconds: sum(({ audioSeconds }) => audioSeconds),
    recordsPerSecond,
    realTimeFactor: rate((progress) => progress.realTimeFactor),
    secondsLeft: left === 0 ? 0 : left === null || !recordsPerSecond ? null : left / recordsPerSecond,
    atWork: active.map(({ job, worker, begun, progress }) => ({
      shard: shardText(job),
      worker,
      seconds: begun === null ? 0 : Math.max(0, (now - begun) / 1000),
      progress,
      cancelled: job.cancelled,
    })),
    failures: known.flatMap(({ job, state, attempts, worker, reason }) =>
      reason === null || state === 'done'
        ? []
        : [{ shard: shardText(job), attempts, worker, reason, triedAgain: state !== 'failed' }],
    ),
  };
}

function shardText({ shard }: ShardJob): string {
  return `${shard.index}/${shard.count}`;
}

const settled = ({ written, failed, dropped }: ShardProgress): number => written + failed + dropped;

/** All the records of a shard, where it has told; those of a shard that is done are known in any case. */
function sizeOf({ state, progress }: KnownShard): number | null {
  if (progress === null) return null;
  if (state === 'done') return settled(progress) + progress.present;
  return progress.expected === null ? null : progress.expected + progress.present;
}

/** Shards are shares of about the same size: those that have not told count as much as the others on average. */
function expectedRecords(known: readonly KnownShard[]): number | null {
  const sizes = known.flatMap((each) => sizeOf(each) ?? []);
  if (sizes.length === 0) return null;
  const sum = sizes.reduce((total, size) => total + size, 0);
  return Math.round((sum / sizes.length) * known.length);
}

/** Records that are still to be made; those of shards that failed for good are not. */
function recordsLeft(known: readonly KnownShard[], expected: number | null): number | null {
  if (known.every(({ state }) => state === 'done' || state === 'failed')) return 0;
  if (expected === null) return null;
  const mean = expected / known.length;
  return known.reduce((left, each) => {
    if (each.state === 'done' || each.state === 'failed') return left;
    const { progress } = each;
    const done = progress === null ? 0 : settled(progress) + progress.present;
    return left + Math.max(0, (sizeOf(each) ?? mean) - done);
  }, 0);
}
