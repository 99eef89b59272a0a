/** What became of a run's source records. */
import type { Progress } from '../../operators/define-operator.ts';
import type { Lease } from './lease.ts';

export class Tally {
  pulled = 0;
  written = 0;
  failed = 0;
  dropped = 0;
  /** Seconds of audio of the settled records. */
  audioSeconds = 0;
  /** What an operator told last. */
  progress: Progress | null = null;
  private readonly sources: number;
  private readonly expectations: { readonly records: number; readonly audioSeconds: number | null }[] = [];

  /** @param sources How many sources there are: what is expected is known when each has told. */
  constructor(sources: number) {
    this.sources = sources;
  }

  /** A source tells how much is to come. */
  expect(records: number, audioSeconds: number | null): void {
    this.expectations.push({ records, audioSeconds });
  }

  /** A source record's lease has closed. */
  settle(lease: Lease): void {
    this[lease.ending] += 1;
    this.audioSeconds += lease.audioSeconds ?? 0;
  }

  get settled(): number {
    return this.written + this.failed + this.dropped;
  }

  /** Source records in all; null while a source has not told. */
  get expected(): number | null {
    if (this.expectations.length < this.sources) return null;
    return this.expectations.reduce((sum, { records }) => sum + records, 0);
  }

  /** Their seconds of audio; null where a source does not know. */
  get expectedAudioSeconds(): number | null {
    if (this.expectations.length < this.sources) return null;
    let sum = 0;
    for (const { audioSeconds } of this.expectations) {
      if (audioSeconds === null) return null;
      sum += audioSeconds;
    }
    return sum;
  }
}
