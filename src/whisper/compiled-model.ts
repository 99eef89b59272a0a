/** A speech model that ONNX Runtime computes. */
import { openCache } from './compiled-cache.ts';
import { compileNetworks } from './compiled-networks.ts';
import { openCompiledSession } from './compiled-session.ts';
import type { Dimensions } from './dimensions.ts';
import type { Weights } from './layers.ts';
import type { Alignment, ModelFacts, SpeechModel } from './speech-model.ts';
import type { Tokenizer } from './tokenizer.ts';
import { alignmentHeads, checkWindow } from './whisper-model.ts';

/** Tokens of a teacher-forced pass that are decoded together: their logits are 207 kB each. */
const atOnce = 32;

/** @param weights Tensors of the recording backend; the caller may free them when the model is there. */
export async function compiledModel(
  facts: ModelFacts,
  tokenizer: Tokenizer,
  weights: Weights,
  dimensions: Dimensions,
): Promise<SpeechModel> {
  const { bands, vocabularySize } = dimensions;
  const heads = alignmentHeads(facts, dimensions);
  const networks = await compileNetworks(weights, dimensions, heads);
  return {
    facts,
    tokenizer,
    async encode(logMel, frames) {
      checkWindow(logMel, frames, dimensions);
      const { states } = await networks.encoder.run({ logMel: { values: logMel, shape: [1, bands, frames] } });
      return states?.values as Float32Array;
    },
    openDecoder: (states, positions, evidence) =>
      openCompiledSession(states, positions, networks, dimensions, evidence),
    async align(states, positions, tokens): Promise<Alignment> {
      const cache = await openCache(states, positions, networks, dimensions);
      const scores = new Float32Array(heads.length * tokens.length * positions);
      const logProbabilities = new Float32Array(tokens.length - 1);
      const logTextProbabilities = new Float32Array(tokens.length - 1);
      for (let begin = 0; begin < tokens.length; begin += atOnce) {
        const some = Int32Array.from(tokens.slice(begin, begin + atOnce));
        const every = Array.from(some, (_, index) => index);
        const made = await cache.advance(some, new Int32Array(1), every, ['logits', 'scores']);
        for (let head = 0; head < heads.length; head++) {
          const size = some.length * positions;
          const part = made['scores']?.subarray(head * size, (head + 1) * size) as Float32Array;
          scores.set(part, (head * tokens.length + begin) * positions);
        }
        for (const index of every) {
          const next = tokens[begin + index + 1];
          if (next === undefined) continue;
          const logits = made['logits']?.subarray(index * vocabularySize, (index + 1) * vocabularySize) as Float32Array;
          const [text, all] = logSumExp(logits, tokenizer.endOfText);
          logProbabilities[begin + index] = (logits[next] as number) - all;
          logTextProbabilities[begin + index] = text - all;
        }
      }
      return { scores, heads: heads.length, tokens: tokens.length, positions, logProbabilities, logTextProbabilities };
    },
    dispose() {
      for (const network of [networks.encoder, networks.audio, networks.decoder]) void network.dispose();
    },
  };
}

/** Natural log of the sum of the powers of e: of the numbers before `end`, and of all. */
function logSumExp(numbers: Float32Array, end: number): [number, number] {
  let largest = -Infinity;
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, numbers[i] as number);
  let before = 0;
  for (let i = 0; i < end; i++) before += Math.exp((numbers[i] as number) - largest);
  let all = before;
  for (let i = end; i < numbers.length; i++) all += Math.exp((numbers[i] as number) - largest);
  return [largest + Math.log(before), largest + Math.log(all)];
}
