/**
 * Continuous batching: steps of all utterances that wait at one time become one run of the decoder. Utterances come and go
 * between runs; nobody waits for a clock. A run starts when every utterance in the cache waits, or when nothing more was
 * asked for in this turn of the event loop.
 */
import type { CompiledFunction, NumberArray } from '../tensors/compile/compile.ts';
import type { DecoderCache, Slot } from './compiled-cache.ts';
import { headFeeds, listedOutputs } from './decoder-head.ts';
import type { Shortlist } from './speech-model.ts';
import { emptyMask, tokensOf, writeMasks, writePlaces, type Growth } from './token-tree.ts';

/** New tokens of one utterance. */
export interface Request {
  readonly slot: Slot;
  readonly tokens: Int32Array;
  readonly growth: Growth;
  /** Indices of new tokens behind which something is asked, paths x `prompts`. */
  readonly wanted: readonly number[];
  readonly prompts: number;
  /** What the rows are to tell on a shortlist; null fetches none. */
  readonly shortlist: Shortlist | null;
  /** Whether whole rows are fetched. */
  readonly whole: boolean;
  /** Names of other outputs to fetch (compiled-networks.ts). */
  readonly beside: readonly string[];
  /** Whether the tokens stay in the cache. */
  readonly keep: boolean;
}

/** What a run gave, of which one utterance has a part. */
export interface Answer {
  readonly made: Readonly<Record<string, NumberArray>>;
  /** Place of its first wanted row among all. */
  readonly beginRow: number;
  /** The same among the rows of `logProbabilities`. */
  readonly beginWhole: number;
  /** Its place on an axis of utterances. */
  readonly utterance: number;
}

export interface DecoderQueue {
  /** @throws Error of ONNX Runtime, or when the utterance leaves before its turn. */
  ask(request: Request): Promise<Answer>;
  /** Gives up what an utterance still waits for. */
  forget(slot: Slot): void;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export function decoderQueue(decoder: CompiledFunction, cache: DecoderCache, endOfText: number): DecoderQueue {
  let waiting: Waiting[] = [];
  let running = false;
  let planned: NodeJS.Immediate | null = null;

  const start = () => {
    if (running || waiting.length === 0) return;
    if (waiting.length >= cache.open()) void run();
    else planned ??= setImmediate(() => void run());
  };

  const run = async () => {
    if (planned !== null) clearImmediate(planned);
    planned = null;
    if (running || waiting.length === 0) return;
    running = true;
    cache.closeGaps();
    const together = neighbours(waiting);
    waiting = waiting.filter((one) => !together.includes(one));
    await answer(together);
    running = false;
    start();
  };

  const answer = async (together: readonly Waiting[]): Promise<void> => {
    try {
      const { made, first } = await runOf(together.map(({ request }) => request));
      let [beginRow, beginWhole] = [0, 0];
      for (const { request, resolve } of together) {
        if (request.keep) cache.keep(request.slot, request.growth, made, first);
        resolve({ made, beginRow, beginWhole, utterance: request.slot.index - first });
        beginRow += request.wanted.length;
        if (request.whole) beginWhole += request.wanted.length;
      }
    } catch (error) {
      // The fault of one is not to be that of all.
      if (together.length > 1) for (const one of together) await answer([one]);
      else together[0]?.reject(error);
    }
  };

  const runOf = async (requests: readonly Request[]) => {
    const indices = requests.map(({ slot }) => slot.index);
    const first = Math.min(...indices);
    const utterances = Math.max(...indices) - first + 1;
    // A product of one row is added up in another order than that row among several.
    const rows = Math.max(2, ...requests.map(({ growth }) => tokensOf(growth)));
    const pool = cache.capacities().tokens;
    const [tokens, places] = [new Int32Array(utterances * rows), new Int32Array(utterances * rows)];
    const [pastMask, among] = [emptyMask(utterances * rows * pool), emptyMask(utterances * rows * rows)];
    const wanted: number[] = [];
    const whole: number[] = [];
    for (const { slot, growth, tokens: own, wanted: ownWanted, whole: isWhole } of requests) {
      const begin = (slot.index - first) * rows;
      tokens.set(own, begin);
      writePlaces(growth, places.subarray(begin));
      writeMasks(growth, pastMask.subarray(begin * pool), pool, among.subarray(begin * rows), rows);
      for (const token of ownWanted) {
        if (isWhole) whole.push(wanted.length);
        wanted.push(begin + token);
      }
    }
    const { prompts, beside } = requests[0] as Request;
    const shortlist = requests.find((request) => request.shortlist !== null)?.shortlist ?? null;
    // ONNX Runtime adds up a product of one row in another order than that row among several.
    if (wanted.length === 1) wanted.push(...wanted);
    const feeds = {
      tokens: { values: tokens, shape: [utterances, rows] },
      places: { values: places, shape: [utterances, rows] },
      among: { values: among, shape: [utterances, 1, rows, rows] },
      pastMask: { values: pastMask, shape: [utterances, 1, rows, pool] },
      wanted: { values: Int32Array.from(wanted), shape: [wanted.length / prompts, prompts] },
      ...cache.feeds(first, utterances),
      ...headFeeds(shortlist, endOfText, Int32Array.from(whole)),
    };
    const outputs = [
      ...(shortlist === null ? [] : listedOutputs),
      ...(whole.length === 0 ? [] : ['logProbabilities']),
      ...beside,
      ...(requests.some(({ keep }) => keep) ? cache.wanted : []),
    ];
    return { made: await decoder.run(feeds, outputs), first };
  };

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        start();
      }),
    forget(slot) {
      const given = waiting.filter(({ request }) => request.slot === slot);
      waiting = waiting.filter(({ request }) => request.slot !== slot);
      for (const { reject } of given) reject(new Error('The session was disposed of before its turn.'));
    },
  };
}

/** So many rows cost less than a run of their own. */
const few = 8;

/** Those that the next run takes: the first that waits, and what suits it in slots near by. */
function neighbours(waiting: readonly Waiting[]): Waiting[] {
  const [leader] = waiting as [Waiting];
  // A run has one shortlist; who wants whole rows alone goes with any.
  const shortlist = [leader, ...waiting].find(({ request }) => request.shortlist !== null)?.request.shortlist ?? null;
  const suited = waiting
    .filter(({ request }) => request.shortlist === null || request.shortlist === shortlist)
    .filter(({ request }) => suits(leader.request, request))
    .sort((a, b) => a.request.slot.index - b.request.slot.index);
  const place = suited.indexOf(leader);
  // An idle slot between two costs less than a run of their own; two do not.
  const near = (a: Waiting | undefined, b: Waiting | undefined) =>
    a !== undefined && b !== undefined && b.request.slot.index - a.request.slot.index <= 2;
  let [begin, end] = [place, place];
  while (near(suited[begin - 1], suited[begin])) begin -= 1;
  while (near(suited[end], suited[end + 1])) end += 1;
  return suited.slice(begin, end + 1);
}

/**
 * Whether two can share a run: they ask for the same beside their rows, neither is filled up to much more than its own size,
 * and sums over new tokens are made in the same order as alone (every 64 are added up together).
 */
function suits(a: Request, b: Request): boolean {
  const [rows, others] = [tokensOf(a.growth), tokensOf(b.growth)];
  return (
    Math.floor(rows / 64) === Math.floor(others / 64) &&
    a.prompts === b.prompts &&
    a.beside.join() === b.beside.join() &&
    Math.max(rows, others) <= Math.max(few, 2 * Math.min(rows, others))
  );
}
