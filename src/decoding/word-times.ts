/** When each word was said (openai-whisper whisper/timing.py, `find_alignment` and `merge_punctuations`). */
import { UsageError } from '../errors.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import { attentionMap } from './attention-map.ts';
import { dynamicTimeWarping } from './dynamic-time-warping.ts';
import { startSequence, type PromptOptions } from './prompt.ts';
import { splitWords } from './words.ts';

/** A word with its time in the window; what the steps after it may still change. */
export interface TimedWord {
  word: string;
  tokens: number[];
  /** Seconds from the beginning of the window. */
  start: number;
  end: number;
  readonly probability: number;
}

/** Encoder positions a second. */
const positionsPerSecond = 50;

/**
 * @param states positions x width of the window.
 * @param heard How many positions hold audio, the rest is silence behind it.
 * @param segments Ordinary tokens of each segment of the window. No word reaches over the end of one.
 * @param tags Language tags of the prompt that the text is aligned under.
 * @param asked First segment whose words are asked for; the probabilities of words before it mean nothing. Default all.
 * @throws UsageError `word-timestamps` when the model's files do not name its alignment heads.
 */
export async function timeWords(
  model: SpeechModel,
  { states, positions, heard }: { states: Float32Array; positions: number; heard: number },
  segments: readonly (readonly number[])[],
  {
    task,
    tags,
    asked = 0,
  }: { readonly task: PromptOptions['task']; readonly tags: readonly string[]; readonly asked?: number },
): Promise<TimedWord[]> {
  const { facts, tokenizer } = model;
  if (facts.alignmentHeads.length === 0) {
    throw new UsageError(
      'word-timestamps',
      `${facts.name} has no alignment_heads in its generation_config.json; leave word times out.`,
    );
  }
  const words = segments.flatMap((tokens) => splitWords(tokens, tokenizer));
  const text = words.flatMap(({ tokens }) => tokens);
  const before = startSequence(model, task, tags);
  const width = Math.min(heard, positions);
  if (text.length === 0 || width === 0 || before.length + text.length + 2 > facts.textPositions) return [];

  const known = segments.slice(0, asked).flat().length;
  const sequence = [...before, tokenizer.noTimestamps, ...text, tokenizer.endOfText];
  const alignment = await model.align(states, positions, sequence, before.length + 1 + known);
  // The row of a token is that of the step which predicts it, so rows run from the last of the prompt on.
  const rows = text.length + 1;
  const costs = attentionMap(alignment, width)
    .subarray(before.length * width, (before.length + rows) * width)
    .map((weight) => -weight);
  const path = dynamicTimeWarping(costs, rows, width);
  const startOfRow = new Float64Array(rows);
  path.rows.forEach((row, i) => {
    if (i === 0 || row !== path.rows[i - 1]) startOfRow[row] = path.columns[i]! / positionsPerSecond;
  });

  const { logProbabilities, logTextProbabilities } = alignment;
  let at = 0;
  return words.map(({ word, tokens }) => {
    const first = at;
    at += tokens.length;
    let sum = 0;
    for (let i = before.length + first; i < before.length + at; i++) {
      sum += Math.exp(logProbabilities[i]! - logTextProbabilities[i]!);
    }
    return {
      word,
      tokens: [...tokens],
      start: startOfRow[first]!,
      end: startOfRow[at]!,
      probability: sum / tokens.length,
    };
  });
}

/**
 * Gives opening marks to the word behind them and closing marks to the word before them; what gave itself away is left
 * as an empty word, because its place still counts the tokens of its segment.
 */
export function mergePunctuation(words: readonly TimedWord[], opening: string, closing: string): void {
  for (let i = words.length - 2, j = words.length - 1; i >= 0; i--) {
    const previous = words[i]!;
    const following = words[j]!;
    if (previous.word.startsWith(' ') && opening.includes(previous.word.trim())) {
      following.word = previous.word + following.word;
      following.tokens = [...previous.tokens, ...following.tokens];
      previous.word = '';
      previous.tokens = [];
    } else {
      j = i;
    }
  }
  for (let i = 0, j = 1; j < words.length; j++) {
    const previous = words[i]!;
    const following = words[j]!;
    if (!previous.word.endsWith(' ') && closing.includes(following.word)) {
      previous.word += following.word;
      previous.tokens = [...previous.tokens, ...following.tokens];
      following.word = '';
      following.tokens = [];
    } else {
      i = j;
    }
  }
}
