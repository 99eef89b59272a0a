/** What stands in a queue: one job a shard of a submitted run, and what the worker that has it tells of it. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { z } from 'zod';

/** A run as `diglot submit` was given it. */
const submittedRun = z.strictObject({
  /** As the user named it: a path from `directory`, or a name under pipelines/. */
  pipeline: z.string().min(1),
  /** Names and texts, in the order in which they were given: an object's keys come back from PostgreSQL in another. */
  parameters: z.array(z.tuple([z.string(), z.string()])),
  overrides: z.array(z.string()),
  allowTypeScript: z.boolean(),
  /** The working folder of `submit`, which relative paths start from. */
  directory: z.string().min(1),
});

export type SubmittedRun = z.output<typeof submittedRun>;

/** The data of a job. */
export const shardJob = z.strictObject({
  submission: z.string().min(1),
  run: submittedRun,
  shard: z.strictObject({ index: z.int().min(0), count: z.int().min(1) }),
  /** Set by `diglot cancel`: whoever has the job stops, and whoever takes it drops it. */
  cancelled: z.boolean(),
});

export type ShardJob = z.output<typeof shardJob>;

const count = z.int().min(0);

/** How far a shard is; of one that is done, what came of it. Counts are source records of the run that is told of. */
export const shardProgress = z.strictObject({
  written: count,
  failed: count,
  dropped: count,
  /** Passed over, since the output has them. */
  present: count,
  /** Records to come in all but those that are present; null where the source does not tell. */
  expected: count.nullable(),
  /** Seconds of audio of the settled records, and those to come in all. */
  audioSeconds: z.number().min(0),
  expectedAudioSeconds: z.number().min(0).nullable(),
  /** Of late; null where nothing can be said yet. */
  recordsPerSecond: z.number().min(0).nullable(),
  realTimeFactor: z.number().min(0).nullable(),
});

export type ShardProgress = z.output<typeof shardProgress>;

/** `decode-nbest-5f3a91c2`: the same run in as many shards has the same name, so that it is never in the queue twice. */
export function submissionId(run: SubmittedRun, shards: number): string {
  const parameters = [...run.parameters].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify([{ ...run, parameters }, shards]), 'utf8');
  const stem = basename(run.pipeline, extname(run.pipeline)).replace(/[^\p{L}\p{N}_-]+/gu, '-');
  return `${stem}-${hash.digest('hex').slice(0, 8)}`;
}

/** The id of a shard's job. BullMQ takes no colon in it. */
export function jobId(submission: string, index: number): string {
  return `${submission}.${index}`;
}
