/** Decoding of one window by ONNX Runtime. */
import type { DecoderCache } from './compiled-cache.ts';
import type { Answer, DecoderQueue, Request } from './compiled-queue.ts';
import { listedOutputs, listedRowsOf } from './decoder-head.ts';
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
  let last: Omit<Request, 'outputs' | 'shortlist' | 'keep'> | null = null;
  let disposed = false;

  const ask = (request: NonNullable<typeof last>, keep: boolean, whole: boolean): Promise<Answer> => {
    if (disposed) throw new Error('The session was disposed of.');
    const shortlist = whole ? null : (evidence.shortlist ?? null);
    const outputs = [...(shortlist === null ? ['logProbabilities'] : listedOutputs), ...beside];
    return queue.ask({ ...request, outputs, shortlist, keep });
  };

  /** Rows from `begin` on, of those that the answer has for this utterance. */
  const outputOf = ({ made, beginRow }: Answer, begin: number, rows: number): StepOutput => {
    const part = (name: string, size: number, length = size): Float32Array | null => {
      const values = made[name]?.values as Float32Array | undefined;
      if (values === undefined) return null;
      const from = (beginRow + begin) * size;
      if (length === size) return values.subarray(from, from + rows * size);
      const shorter = new Float32Array(rows * length);
      for (let row = 0; row < rows; row++) {
        shorter.set(values.subarray(from + row * size, from + row * size + length), row * length);
      }
      return shorter;
    };
    return {
      logProbabilities: part('logProbabilities', vocabularySize),
      listed: 'best' in made ? listedRowsOf(made, beginRow + begin, rows / prompts, prompts) : null,
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
      const answer = await ask({ ...request, wanted: wanted.flatMap(behind) }, true, whole);
      return wanted.map((_, index) => outputOf(answer, index * prompts, prompts));
    },
    async step(parents, tokens, whole = false) {
      checkParents(tree, parents, dimensions);
      if (parents.length % prompts !== 0)
        throw new Error(`${parents.length} rows are not paths of ${prompts} prompts.`);
      cache.reserve(slot, tokens.length);
      const every = Array.from(tokens, (_, row) => row);
      last = { slot, tokens, growth: tree.plan(parents, 1), wanted: every, prompts };
      return outputOf(await ask(last, true, whole), 0, tokens.length);
    },
    async again() {
      if (last === null) throw new Error(unbegun);
      return outputOf(await ask(last, false, true), 0, last.wanted.length);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      queue.forget(slot);
      cache.leave(slot);
    },
  };
}
