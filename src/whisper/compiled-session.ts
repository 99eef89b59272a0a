/** Decoding of one window by ONNX Runtime. */
import { openCache } from './compiled-cache.ts';
import type { CompiledNetworks } from './compiled-networks.ts';
import type { Dimensions } from './dimensions.ts';
import type { DecoderSession, Evidence, StepOutput } from './speech-model.ts';

/**
 * @param states positions x width.
 * @throws Error when used against its contract: a step before prefill, prompts of several lengths, a row that does not
 *   exist, more tokens than the model has positions for. Those are bugs of the caller.
 */
export async function openCompiledSession(
  states: Float32Array,
  positions: number,
  networks: CompiledNetworks,
  dimensions: Dimensions,
  evidence: Evidence = { states: false, attention: false },
): Promise<DecoderSession> {
  const { width, vocabularySize, textPositions } = dimensions;
  const cache = await openCache(states, positions, networks, dimensions);
  const normalised = evidence.normalised ?? false;
  const scores = normalised ? 'logProbabilities' : 'logits';
  const outputs = [scores, ...(evidence.states ? ['states'] : []), ...(evidence.attention ? ['attention'] : [])];

  const advance = async (tokens: Int32Array, parents: Int32Array, wanted: readonly number[]): Promise<StepOutput> => {
    const { [scores]: logits, states, attention } = await cache.advance(tokens, parents, wanted, outputs);
    return { logits: logits as Float32Array, normalised, states: states ?? null, attention: attention ?? null };
  };

  return {
    async prefill(prompts, wanted) {
      cache.clear();
      const count = prompts.length;
      const tokens = prompts[0]?.length ?? 0;
      if (prompts.some((prompt) => prompt.length !== tokens)) throw new Error('The prompts differ in length.');
      if (tokens > textPositions) throw new Error(`${tokens} tokens do not fit ${textPositions} positions.`);
      const flat = wanted.flatMap((position) => prompts.map((_, row) => row * tokens + position));
      const output = await advance(Int32Array.from(prompts.flat()), new Int32Array(count), flat);
      const part = (values: Float32Array, size: number, index: number) =>
        values.slice(index * count * size, (index + 1) * count * size);
      return wanted.map((_, index) => ({
        logits: part(output.logits, vocabularySize, index),
        normalised,
        states: output.states && part(output.states, width, index),
        attention: output.attention && part(output.attention, positions, index),
      }));
    },
    async step(parents, tokens) {
      if (cache.length() === 0) throw new Error('A session begins with prefill.');
      if (cache.length() === textPositions) throw new Error(`A sequence has at most ${textPositions} tokens.`);
      const rows = cache.rows();
      if (!parents.every((parent) => parent >= 0 && parent < rows)) throw new Error(`Only ${rows} rows are there.`);
      return advance(
        tokens,
        parents,
        Array.from(tokens, (_, row) => row),
      );
    },
    dispose() {
      cache.clear();
    },
  };
}
