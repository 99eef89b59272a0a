/**
 * Holds records until there are enough of them to be worked on together: so many, or so many seconds of audio. With
 * `buckets`, only records of similar length share a batch, so that little of it is padding (lhotse's dynamic bucketing
 * with bounds that the user gives).
 */
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { type AnyRecord, type Batch, secondsOf } from '../records.ts';
import { defineOperator, type Released } from './define-operator.ts';

/** Records that wait for their batch, in order of arrival. */
interface Bucket {
  readonly records: AnyRecord[];
  seconds: number;
}

export const batch = defineOperator(
  {
    name: 'batch',
    summary: 'Holds records until there are enough to be worked on together.',
    shape: 'gather',
    input: 'any',
    output: 'batch',
    options: z.strictObject({
      count: z.int().min(1).default(16).describe('Records in a batch, at most.'),
      maxSeconds: z
        .number()
        .positive()
        .nullable()
        .default(null)
        .describe('Seconds of audio in a batch, at most; a longer record is a batch of its own. null sets no limit.'),
      buckets: z
        .array(z.number().positive())
        .default([])
        .refine((bounds) => bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? 0)), {
          message: 'must rise from each bound to the next',
        })
        .describe('Bounds in seconds, rising: [5, 15] gathers records up to 5 s, up to 15 s and longer ones apart.'),
      waitSeconds: z
        .number()
        .positive()
        .nullable()
        .default(null)
        .describe('Seconds after which a batch leaves although it is not full; null waits for the end.'),
    }),
    holds: ({ count, buckets }) => (buckets.length + 1) * (count - 1) + 1,
    waitSeconds: ({ waitSeconds }) => waitSeconds,
    checkpoint: 'no',
  },
  ({ count, maxSeconds, buckets: bounds }) => {
    const asksSeconds = maxSeconds !== null || bounds.length > 0;
    const buckets = Array.from({ length: bounds.length + 1 }, emptyBucket);
    const release = (index: number): Released<AnyRecord, Batch>[] => {
      const { records } = buckets[index] as Bucket;
      const [first] = records;
      if (first === undefined) return [];
      buckets[index] = emptyBucket();
      return [{ record: { kind: 'batch', id: first.id, records }, from: records }];
    };
    return {
      add: (record) => {
        const seconds = asksSeconds ? knownSeconds(record) : 0;
        const above = bounds.findIndex((bound) => seconds <= bound);
        const index = above === -1 ? bounds.length : above;
        const overflows = (buckets[index] as Bucket).seconds + seconds > (maxSeconds ?? Infinity);
        const released = overflows ? release(index) : [];
        const bucket = buckets[index] as Bucket;
        bucket.records.push(record);
        bucket.seconds += seconds;
        const full = bucket.records.length === count || bucket.seconds >= (maxSeconds ?? Infinity);
        return full ? [...released, ...release(index)] : released;
      },
      flush: () => buckets.flatMap((_, index) => release(index)),
    };
  },
);

function emptyBucket(): Bucket {
  return { records: [], seconds: 0 };
}

/** @throws RecordError `unknown-duration` */
function knownSeconds(record: AnyRecord): number {
  const seconds = secondsOf(record);
  if (seconds !== null) return seconds;
  const message = `The ${record.kind} ${record.id} does not tell how long it is; put "batch" behind "read-audio".`;
  throw new RecordError('unknown-duration', message);
}
