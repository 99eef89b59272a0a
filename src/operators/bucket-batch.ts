/**
 * Batches for training: of every `pool` records those of like length are put together, and the batches leave in an order
 * that is drawn. So little is padding, batches mix what the corpus has, and what is held is bounded.
 *
 * The batches are a function of the records, their order and the seed: nothing else decides. A pool is one after the
 * other, so batches of one pool hold no record of another.
 */
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { randomNumbersFor, shuffled } from '../random-numbers.ts';
import { type AnyRecord, type Batch, secondsOf } from '../records.ts';
import { bucketByLength } from '../training/bucket-by-length.ts';
import { defineOperator, type Released } from './define-operator.ts';

export const bucketBatch = defineOperator(
  {
    name: 'bucket-batch',
    summary: 'Puts records of like length into batches that leave in an order that is drawn.',
    shape: 'gather',
    input: 'any',
    output: 'batch',
    options: z
      .strictObject({
        count: z.int().min(1).default(8).describe('Records in a batch, at most.'),
        pool: z
          .int()
          .min(1)
          .default(64)
          .describe('Records among which batches are made; a larger pool has less padding. inFlight must be above it.'),
        maxPadding: z
          .number()
          .min(0)
          .max(1)
          .default(0.4)
          .describe(
            'Share of a batch that may be padding: one that would have more is cut, and the rest begins the next.',
          ),
        maxSeconds: z
          .number()
          .positive()
          .nullable()
          .default(null)
          .describe('Seconds that a batch may be long, padding included; null sets no limit.'),
        seed: z.int().default(1).describe('Decides over the order of the batches of a pool.'),
      })
      .refine(({ count, pool }) => pool >= count, { path: ['pool'], message: 'must not be below count' }),
    holds: ({ pool }) => pool,
    checkpoint: 'no',
  },
  ({ pool, seed, ...limits }) => {
    let held: AnyRecord[] = [];
    let pools = 0;
    const release = (): Released<AnyRecord, Batch>[] => {
      const batches = bucketByLength(held, knownSeconds, limits);
      held = [];
      pools += 1;
      return shuffled(batches, randomNumbersFor(seed, `pool ${pools}`)).map((records) => ({
        record: { kind: 'batch', id: records[0]!.id, records },
        from: records,
      }));
    };
    return {
      add: (record) => {
        knownSeconds(record);
        held.push(record);
        return held.length === pool ? release() : [];
      },
      flush: () => (held.length === 0 ? [] : release()),
    };
  },
);

/** What is heard; speed and splicing make it another length than the recording's. @throws RecordError `unknown-duration` */
function knownSeconds(record: AnyRecord): number {
  const seconds = record.kind === 'training-utterance' ? record.duration : secondsOf(record);
  if (seconds !== null) return seconds;
  const message = `The ${record.kind} ${record.id} does not tell how long it is; put "bucket-batch" behind "read-audio".`;
  throw new RecordError('unknown-duration', message);
}
