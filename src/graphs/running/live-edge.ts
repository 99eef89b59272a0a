/**
 * The edge behind a live source. A microphone does not wait: its records are taken as they come into a bounded queue, and
 * when the queue is full the oldest goes. The record after a loss says in `origin.gap` what is missing, so that time stays
 * right downstream.
 */
import { RecordError } from '../../errors.ts';
import type { AnyRecord, Gap } from '../../records.ts';

type Live = AnyRecord | RecordError;

/**
 * @param capacity Records that may wait; at least 1.
 * @param signal Ends the recording; what waits is still given.
 * @param dropped Called for each record that is lost.
 */
export async function* liveEdge(
  source: Iterable<Live> | AsyncIterable<Live>,
  capacity: number,
  signal: AbortSignal,
  dropped: () => void,
): AsyncGenerator<Live> {
  const queue: Live[] = [];
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let gap: Gap | null = null;
  let ended = signal.aborted;
  let failure: { readonly thrown: unknown } | null = null;
  let wake: () => void = () => undefined;

  const end = (): void => {
    ended = true;
    wake();
  };
  const listen = async (): Promise<void> => {
    for (let step = await iterator.next(); step.done !== true && !ended; step = await iterator.next()) {
      queue.push(step.value);
      if (queue.length > capacity) {
        gap = widen(gap, queue.shift() as Live);
        dropped();
      }
      wake();
    }
  };
  const next = async (): Promise<Live | undefined> => {
    while (queue.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
    const record = queue.shift();
    if (record === undefined || gap === null) return record;
    const marked = withGap(record, gap);
    gap = null;
    return marked;
  };

  signal.addEventListener('abort', end);
  void listen().then(end, (thrown: unknown) => {
    failure = { thrown };
    end();
  });
  try {
    for (let record = await next(); record !== undefined; record = await next()) yield record;
    if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
  } finally {
    signal.removeEventListener('abort', end);
    end();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** The gap with one more record in it. */
function widen(gap: Gap | null, lost: Live): Gap | null {
  if (lost instanceof RecordError || !('origin' in lost)) return gap;
  const { start, duration } = lost.origin;
  const from = Math.min(gap?.start ?? lost.origin.gap?.start ?? start, start);
  return { start: from, duration: start + duration - from, records: (gap?.records ?? 0) + 1 };
}

function withGap(record: Live, gap: Gap): Live {
  if (record instanceof RecordError || !('origin' in record)) return record;
  return { ...record, origin: { ...record.origin, gap } };
}
