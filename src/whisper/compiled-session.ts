/** Decoding of one window by ONNX Runtime. */
import type { DecoderCache } from './compiled-cache.ts';
import type { Answer, DecoderQueue, Request } from './compiled-queue.ts';
import { listedRowsOf } from './decoder-head.ts';
import type { Dimensions } from './dimensions.ts';
import { checkParents, checkPrompts, unbegun } from './session-contract.ts';
import type { DecoderSession, Evidence, StepOutput } from './speech-model.ts';

/**
 * @param states positions x width.
 * @throws RecordError `not-finite` when the states are no numbers.
 * @throws Error when used against its contract: a step before prefill, prompts of several lengths, a row that does not
 *   exist, more tokens than the model has positions for. Those are bugs of the caller.
 */
export async function openCompiledSession(
  states: Float32Array,
  positions: number,
  cache: DecoderCache,
  queue: DecoderQueue,
  dimensions: Dimensions,
  evidence: Evidence = { states: false, attention: false },
): Promise<DecoderSession> {
  const { width, vocabularySize } = dimensions;
  const slot = await cache.enter(states, positions);
  const { tree } = slot;
  const beside = [...(evidence.states ? ['states'] : []), ...(evidence.attention ? ['attention'] : [])];
  let prompts = 0;
  let last: Pick<Request, 'slot' | 'tokens' | 'growth' | 'wanted' | 'prompts'> | null = null;
  let disposed = false;

  const shortlist = evidence.shortlist ?? null;
  const ask = (request: Omit<Request, 'beside'>): Promise<Answer> => {
    if (disposed) throw new Error('The session was disposed of.');
    return queue.ask({ ...request, beside });
  };

  /** Rows from `begin` on, of those that the answer has for this utterance. */
  const outputOf = (
    { made, beginRow, beginWhole }: Answer,
    { shortlist: list, whole }: Pick<Request, 'shortlist' | 'whole'>,
    begin: number,
    rows: number,
  ): StepOutput => {
    const part = (name: string, size: number, length = size, first = beginRow): Float32Array | null => {
      const values = made[name]?.values as Float32Array | undefined;
      if (values === undefined) return null;
      const from = (first + begin) * size;
      if (length === size) return values.subarray(from, from + rows * size);
      const shorter = new Float32Array(rows * length);
      for (let row = 0; row < rows; row++) {
        shorter.set(values.subarray(from + row * size, from + row * size + length), row * length);
      }
      return shorter;
    };
    return {
      logProbabilities: whole ? part('logProbabilities', vocabularySize, vocabularySize, beginWhole) : null,
      listed: list === null ? null : listedRowsOf(made, beginRow + begin, rows / prompts, prompts),
      states: part('states', width),
      attention: part('attention', made['attention']?.shape[2] ?? 0, positions),
    };
  };

  return {
    async prefill(given, wanted, whole = false) {
      const n = checkPrompts(given, dimensions);
      tree.clear();
      prompts = given.length;
      cache.reserve(slot, prompts * n);
      const behind = (position: number) => given.map((_, row) => row * n + position);
      const request = {
        slot,
        tokens: Int32Array.from(given.flat()),
        growth: tree.plan(new Int32Array(prompts), n),
        prompts,
      };
      last = { ...request, wanted: behind(wanted.at(-1) ?? n - 1) };
      const form = { shortlist, whole: whole || shortlist === null };
      const answer = await ask({ ...request, ...form, wanted: wanted.flatMap(behind), keep: true });
      return wanted.map((_, index) => outputOf(answer, form, index * prompts, prompts));
    },
    async step(parents, tokens, whole = false) {
      checkParents(tree, parents, dimensions);
      if (parents.length % prompts !== 0)
        throw new Error(`${parents.length} rows are not paths of ${prompts} prompts.`);
      cache.reserve(slot, tokens.length);
      const every = Array.from(tokens, (_, row) => row);
      last = { slot, tokens, growth: tree.plan(parents, 1), wanted: every, prompts };
      const form = { shortlist, whole: whole || shortlist === null };
      return outputOf(await ask({ ...last, ...form, keep: true }), form, 0, tokens.length);
    },
    async again() {
      if (last === null) throw new Error(unbegun);
      const form = { shortlist: null, whole: true };
      return outputOf(await ask({ ...last, ...form, keep: false }), form, 0, last.wanted.length);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      queue.forget(slot);
      cache.leave(slot);
    },
  };
}
