/** A speech model that ONNX Runtime computes. */
import type { CompileOptions, NumberArray } from '../tensors/compile/compile.ts';
import { decoderCache, type DecoderCache, type Slot } from './compiled-cache.ts';
import { compileNetworks } from './compiled-networks.ts';
import { decoderQueue, type DecoderQueue } from './compiled-queue.ts';
import { openCompiledSession } from './compiled-session.ts';
import type { Dimensions } from './dimensions.ts';
import type { Weights } from './layers.ts';
import type { Alignment, ModelFacts, SpeechModel } from './speech-model.ts';
import type { Tokenizer } from './tokenizer.ts';
import { alignmentHeads, checkWindow } from './whisper-model.ts';

/**
 * Audio positions up to which a window counts as a stretch (2.56 s). Stretches, in which languages are heard, have a cache of
 * their own: beside a full window each would be as long as that.
 */
const longestStretch = 128;

/** Tokens of a teacher-forced pass that are decoded together, and of these the ones with logits, which are 207 kB each. */
const atOnce = 64;
const mostLogits = 32;

interface Decoding {
  readonly cache: DecoderCache;
  readonly queue: DecoderQueue;
}

/**
 * @param weights Tensors of the recording backend; the caller may free them when the model is there.
 * @param options How the networks are compiled.
 */
export async function compiledModel(
  facts: ModelFacts,
  tokenizer: Tokenizer,
  weights: Weights,
  dimensions: Dimensions,
  options: CompileOptions = {},
): Promise<SpeechModel> {
  const { bands, vocabularySize } = dimensions;
  const heads = alignmentHeads(facts, dimensions);
  const networks = await compileNetworks(weights, dimensions, heads, tokenizer.endOfText, options);
  const [ofStretches, ofWindows] = [0, 1].map(() => {
    const cache = decoderCache(networks, dimensions);
    return { cache, queue: decoderQueue(networks.decoder, cache, tokenizer.endOfText) };
  }) as [Decoding, Decoding];
  const decodingOf = (positions: number) => (positions <= longestStretch ? ofStretches : ofWindows);

  const alignTokens = async (
    { cache, queue }: Decoding,
    slot: Slot,
    tokens: readonly number[],
    asked: number,
  ): Promise<Alignment> => {
    const { positions, tree } = slot;
    const scores = new Float32Array(heads.length * tokens.length * positions);
    const logProbabilities = new Float32Array(tokens.length - 1);
    const logTextProbabilities = new Float32Array(tokens.length - 1);
    // The row of a token tells the next one.
    const first = asked - 1;
    for (let begin = 0, end: number; begin < tokens.length; begin = end) {
      end = Math.min(tokens.length, begin + atOnce, Math.max(begin, first) + mostLogits);
      const some = Int32Array.from(tokens.slice(begin, end));
      const told = Array.from(some, (_, index) => index).slice(Math.max(0, Math.min(first - begin, some.length - 1)));
      cache.reserve(slot, some.length);
      const { made, beginWhole, utterance } = await queue.ask({
        slot,
        tokens: some,
        growth: tree.plan(new Int32Array(1), some.length),
        wanted: told,
        prompts: 1,
        shortlist: null,
        whole: true,
        beside: ['scores'],
        keep: true,
      });
      const { values: raw, shape } = made['scores'] as NumberArray;
      const [, utterances = 1, rows = 0, capacity = 0] = shape;
      for (let head = 0; head < heads.length; head++) {
        for (let row = 0; row < some.length; row++) {
          const from = ((head * utterances + utterance) * rows + row) * capacity;
          scores.set(raw.subarray(from, from + positions), (head * tokens.length + begin + row) * positions);
        }
      }
      const all = made['logProbabilities']?.values as Float32Array;
      for (const [place, row] of told.entries()) {
        const next = tokens[begin + row + 1];
        if (next === undefined || begin + row < first) continue;
        const from = (beginWhole + place) * vocabularySize;
        logProbabilities[begin + row] = all[from + next] as number;
        logTextProbabilities[begin + row] = logSumExp(all.subarray(from, from + tokenizer.endOfText));
      }
    }
    return { scores, heads: heads.length, tokens: tokens.length, positions, logProbabilities, logTextProbabilities };
  };

  return {
    facts,
    tokenizer,
    async encode(logMel, frames) {
      checkWindow(logMel, frames, dimensions);
      const { states } = await networks.encoder.run({ logMel: { values: logMel, shape: [1, bands, frames] } });
      return states?.values as Float32Array;
    },
    openDecoder(states, positions, evidence) {
      const { cache, queue } = decodingOf(positions);
      return openCompiledSession(states, positions, cache, queue, dimensions, evidence);
    },
    async align(states, positions, tokens, asked = 1): Promise<Alignment> {
      const decoding = decodingOf(positions);
      const slot = await decoding.cache.enter(states, positions);
      try {
        return await alignTokens(decoding, slot, tokens, asked);
      } finally {
        decoding.cache.leave(slot);
      }
    },
    dispose() {
      for (const network of [networks.encoder, networks.audio, networks.decoder]) void network.dispose();
    },
  };
}

/** Natural log of the sum of the powers of e. */
function logSumExp(numbers: Float32Array): number {
  let largest = -Infinity;
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, numbers[i] as number);
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += Math.exp((numbers[i] as number) - largest);
  return largest + Math.log(sum);
}
