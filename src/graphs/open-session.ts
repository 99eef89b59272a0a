/**
 * A live session for a program: it pushes audio as it comes and takes texts as they arise. Inside runs a pipeline whose
 * `listen` takes its audio from the program, and whose `send` gives its records to it.
 */
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import type { AnyRecord, ErrorRow, FinalText, GapMarker, PartialText, VoiceActivity, Waveform } from '../records.ts';
import { check } from './check.ts';
import { formatFault } from './faults.ts';
import { loadPipelines } from './load.ts';
import type { RunReport, RunStatus } from './report.ts';
import { startGraph } from './run.ts';

export interface SessionOptions {
  /** What records call the session: the beginning of their ids, and `origin.path`. Default `session`. */
  readonly name?: string;
  /** Pipeline file. Default `pipelines/live.json` of the package. */
  readonly pipeline?: string;
  /** Values of the pipeline's parameters by their names, as text, such as `{ model: 'whisper-base-int8' }`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** As `--set` gives them: `nodes.recogniser.with.beamSize=2`. */
  readonly overrides?: readonly string[];
  /** A line for the person who runs the program. */
  readonly note?: (message: string) => void;
}

/** What a session tells, in the order in which it arises. */
export type SessionEvent = PartialText | FinalText | GapMarker | VoiceActivity;

export interface Session {
  /**
   * Gives a chunk of one channel, which is copied. Never waits: where the session cannot keep up, the oldest audio that
   * waits is dropped, and an event `gap` says so.
   *
   * @param chunk In [-1, 1], or 16-bit integers. Of any length; 20 to 100 ms at a time answer soonest.
   * @param sampleRate Hz; the same for all chunks of a session.
   * @throws UsageError `sample-rate` when it is none, or another than before; `session-ended` behind `end`.
   */
  push(chunk: Float32Array | Int16Array, sampleRate: number): void;
  /** No more audio comes; the last texts are given, and then `events` ends. */
  end(): void;
  /** Ends the session at once: what has not been given is lost. */
  abort(): void;
  /**
   * Can be read once. Whoever reads slowly misses meter readings and partial texts that others have taken the place of,
   * never a final text or a gap. Throws what the session failed of; leaving the loop aborts the session.
   */
  readonly events: AsyncIterable<SessionEvent>;
  /** Counts of the graph's nodes. */
  status(): RunStatus;
  /** Never rejects; what went wrong stands in it. */
  readonly finished: Promise<RunReport>;
}

/** Seconds of audio that may wait for a session whose model is still being loaded. */
const MOST_WAITING = 30;

const livePipeline = fileURLToPath(new URL('../../pipelines/live.json', import.meta.url));

/**
 * Opens a session. It takes audio at once, also while its model is loaded.
 * @throws UsageError `pipeline` when the pipeline has faults: all of them, a line each.
 */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const { name = 'session', pipeline = livePipeline, overrides = [] } = options;
  const parameters = { ...options.parameters, source: 'program', name };
  const [loaded] = await loadPipelines(pipeline, { parameters, overrides });
  // Sessions of one process would all write the same file.
  const { plan, faults } = check(loaded!, 'program');
  if (plan === null) throw new UsageError('pipeline', faults.map(formatFault).join('\n'));

  const audio = new Waiting<Waveform>();
  const events = new Waiting<SessionEvent>();
  const note = options.note ?? (() => undefined);
  const graph = startGraph(plan, {
    note,
    program: {
      given: new Map([['audio', audio]]),
      taken: new Map([
        ['records', (record: AnyRecord) => events.add(record as SessionEvent, isReplacedBy)],
        [
          'errors',
          (record: AnyRecord) => note(`${name}: ${(record as ErrorRow).node}: ${(record as ErrorRow).message}`),
        ],
      ]),
    },
  });
  void graph.finished.then(({ failure }) => events.end(failure));
  let received = 0;
  let index = 0;
  let rate: number | null = null;

  return {
    push(chunk, sampleRate) {
      if (audio.ended) throw new UsageError('session-ended', `The session ${name} has ended; open another.`);
      if (!Number.isInteger(sampleRate) || sampleRate < 4000 || sampleRate > 192_000) {
        throw new UsageError('sample-rate', `${sampleRate} is no sample rate; give one from 4000 to 192000 Hz.`);
      }
      rate ??= sampleRate;
      if (rate !== sampleRate) {
        throw new UsageError('sample-rate', `The session ${name} has ${rate} Hz and was given ${sampleRate} Hz.`);
      }
      const samples =
        chunk instanceof Int16Array ? Float32Array.from(chunk, (sample) => sample / 32_768) : chunk.slice();
      if (samples.length === 0) return;
      const origin = {
        path: name,
        start: received / rate,
        duration: samples.length / rate,
        reference: null,
        speaker: null,
        piece: null,
      };
      received += samples.length;
      audio.add({ kind: 'waveform', id: `${name}@${index++}`, origin, samples, sampleRate });
      audio.shorten(({ origin: { start } }) => start < received / sampleRate - MOST_WAITING);
    },
    end: () => audio.end(null),
    abort: () => graph.abort(),
    events: {
      [Symbol.asyncIterator]() {
        const iterator = events[Symbol.asyncIterator]();
        return {
          next: () => iterator.next(),
          return: async () => {
            graph.abort();
            return { done: true, value: undefined };
          },
        };
      },
    },
    status: () => graph.status(),
    finished: graph.finished,
  };
}

/** A meter reading and a partial text have no worth behind the next. */
function isReplacedBy(waiting: SessionEvent, next: SessionEvent): boolean {
  if (waiting.kind === 'activity') return next.kind === 'activity';
  return waiting.kind === 'partial' && (next.kind === 'partial' || next.kind === 'final');
}

/** Things that wait for the one who takes them. */
class Waiting<T> implements AsyncIterable<T> {
  ended = false;
  private items: T[] = [];
  private failure: Error | null = null;
  private wake: () => void = () => undefined;

  /** @param replaces Which of those that wait have no worth behind the new one. */
  add(item: T, replaces: (waiting: T, next: T) => boolean = () => false): void {
    this.items = this.items.filter((waiting) => !replaces(waiting, item));
    this.items.push(item);
    this.wake();
  }

  /** Lets go of the first ones. */
  shorten(isTooOld: (item: T) => boolean): void {
    while (this.items.length > 0 && isTooOld(this.items[0]!)) this.items.shift();
  }

  end(failure: Error | null): void {
    this.ended = true;
    this.failure ??= failure;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) yield item;
      else if (this.failure !== null) throw this.failure;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
