/**
 * Which of a source's records a run is about: those of its shard, without those that the output has. A record's shard
 * follows from its id alone, so any number of shards gives the same records, whatever order they come in.
 */
import { createHash } from 'node:crypto';
import { RecordError } from '../../errors.ts';
import type { AnyRecord } from '../../records.ts';
import { sourceId } from '../../tables/commits/commit-record.ts';

/** One of `count` shards, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The first 32 bits of the id's sha256, as a number, modulo `count`. @param id UTF-8. */
export function shardOf(id: string, count: number): number {
  return createHash('sha256').update(id, 'utf8').digest().readUInt32BE(0) % count;
}

type Has = (sourceId: string) => boolean;

export class Selection {
  /** Records that were passed over because the output has them. */
  present = 0;
  private readonly shard: Shard | null;
  private readonly only: ReadonlySet<string> | null;
  private readonly rows: Has[] = [];
  private readonly errors: Has[] = [];
  private readonly sinks: number;

  /** @param sinks How many nodes must have a record before it is passed over. @param only Ids of these alone. */
  constructor(shard: Shard | null, only: ReadonlySet<string> | null, sinks: number) {
    this.shard = shard;
    this.only = only;
    this.sinks = sinks;
  }

  /** Whether the run is about all that the sources give. */
  get isWhole(): boolean {
    return this.shard === null && this.only === null && this.rows.length === 0 && this.errors.length === 0;
  }

  /** A sink tells what its output has. */
  goOn(has: Has, isOfErrors: boolean): void {
    (isOfErrors ? this.errors : this.rows).push(has);
  }

  wants(record: AnyRecord | RecordError): boolean {
    return this.judge(record) === 'wanted';
  }

  /** What is wanted of what a source gives. */
  async *from(
    records: Iterable<AnyRecord | RecordError> | AsyncIterable<AnyRecord | RecordError>,
  ): AsyncGenerator<AnyRecord | RecordError> {
    for await (const record of records) {
      const judgement = this.judge(record);
      if (judgement === 'wanted') yield record;
      else if (judgement === 'present') this.present += 1;
    }
  }

  private judge(record: AnyRecord | RecordError): 'wanted' | 'present' | 'not ours' {
    const id = record instanceof RecordError ? record.id : sourceId(record);
    if (id === null) return 'wanted';
    if (this.shard !== null && shardOf(id, this.shard.count) !== this.shard.index) return 'not ours';
    if (this.only !== null && !this.only.has(id)) return 'not ours';
    return this.isPresent(id) ? 'present' : 'wanted';
  }

  /** Where a sink cannot go on, all is made again for it, and the others leave out what they have. */
  private isPresent(id: string): boolean {
    if (this.sinks === 0 || this.rows.length < this.sinks) return false;
    return this.rows.every((has) => has(id)) || (this.only === null && this.errors.some((has) => has(id)));
  }
}
