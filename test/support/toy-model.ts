/**
 * A speech model whose every score is a function of the test: small vocabularies that can be enumerated, and audio that
 * says only where it stands. Its log-mel has one band; the state of a position is the log-mel value of its first frame.
 */
import type { MelSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import type { Alignment, ModelFacts, SpeechModel, StepOutput } from '../../src/whisper/speech-model.ts';
import type { Tokenizer } from '../../src/whisper/tokenizer.ts';
import { logSumExp } from '../../src/decoding/log-probabilities.ts';
import { listRows } from './list-rows.ts';

const special = [
  'endOfText',
  'startOfTranscript',
  'zh',
  'en',
  'translate',
  'transcribe',
  'startOfLm',
  'startOfPrevious',
  'noSpeech',
  'noTimestamps',
];

/**
 * Ordinary tokens are the given words, ids from 0; the special tokens follow in Whisper's order with the languages zh and
 * en, then timestamps from 0.00 to 30.00.
 */
export function toyTokenizer(words: readonly string[]): Tokenizer {
  const id = (name: string): number => words.length + special.indexOf(name);
  const encoder = new TextEncoder();
  const byLength = words.map((word, token) => ({ word, token })).sort((a, b) => b.word.length - a.word.length);
  return {
    vocabularySize: words.length + special.length + 1501,
    endOfText: id('endOfText'),
    startOfTranscript: id('startOfTranscript'),
    translate: id('translate'),
    transcribe: id('transcribe'),
    startOfLm: id('startOfLm'),
    startOfPrevious: id('startOfPrevious'),
    noSpeech: id('noSpeech'),
    noTimestamps: id('noTimestamps'),
    timestampBegin: words.length + special.length,
    languages: new Map([
      ['zh', id('zh')],
      ['en', id('en')],
    ]),
    encode(text) {
      const tokens: number[] = [];
      for (let at = 0; at < text.length;) {
        const found = byLength.find(({ word }) => word !== '' && text.startsWith(word, at));
        if (found === undefined) at++;
        else {
          tokens.push(found.token);
          at += found.word.length;
        }
      }
      return tokens;
    },
    decode: (tokens) => tokens.map((token) => words[token] ?? '').join(''),
    bytes: (token) => encoder.encode(words[token] ?? ''),
    nonSpeechTokens: [],
  };
}

export interface ToyModelOptions {
  readonly words: readonly string[];
  /** Logits of the token behind `tokens` (prompt included), by token id; what is left out is impossible. */
  readonly next: (tokens: readonly number[], states: Float32Array) => ReadonlyMap<number, number> | Float32Array;
  readonly facts?: Partial<ModelFacts>;
  /** Sessions answer a shortlist with so many tokens of each group; default: with whole rows. */
  readonly listing?: number;
  readonly align?: (tokens: readonly number[], positions: number, states: Float32Array) => Alignment;
}

export interface ToyModel extends SpeechModel {
  /** Sessions that were opened and not disposed. */
  readonly open: () => number;
  /** How often rows were stepped, and how often a window was encoded with so many frames. */
  readonly steps: () => number;
  /** How often whole rows were asked for behind a shortlist. */
  readonly agains: () => number;
  readonly encoded: readonly number[];
}

export function toyModel({ words, next, facts, listing, align }: ToyModelOptions): ToyModel {
  const tokenizer = toyTokenizer(words);
  const { vocabularySize } = tokenizer;
  let [open, steps, agains] = [0, 0, 0];
  const encoded: number[] = [];
  const rowOf = (tokens: readonly number[], states: Float32Array): Float32Array => {
    const scores = next(tokens, states);
    const row = new Float32Array(vocabularySize).fill(-Infinity);
    if (scores instanceof Float32Array) row.set(scores);
    else for (const [token, score] of scores) row[token] = score;
    const normaliser = logSumExp(row);
    return normaliser === -Infinity ? row : row.map((score) => score - normaliser);
  };
  return {
    tokenizer,
    open: () => open,
    steps: () => steps,
    agains: () => agains,
    encoded,
    facts: {
      name: 'toy',
      sha256: '',
      vocabularySize,
      bands: 1,
      audioPositions: 1500,
      width: 1,
      textPositions: 448,
      multilingual: true,
      alignmentHeads: [[0, 0]],
      suppressTokens: [],
      beginSuppressTokens: [],
      ...facts,
    },
    encode(logMel, frames) {
      encoded.push(frames);
      return Promise.resolve(logMel.filter((_, i) => i % 2 === 0));
    },
    openDecoder(states, positions, evidence) {
      open++;
      let rows: number[][] = [];
      let last: number[][] = [];
      let prompts = 1;
      const shortlist = evidence?.shortlist ?? null;
      const outputFor = (
        prefixes: readonly (readonly number[])[],
        list: typeof shortlist,
        whole: boolean,
      ): StepOutput => {
        const logProbabilities = new Float32Array(prefixes.length * vocabularySize);
        prefixes.forEach((prefix, i) => logProbabilities.set(rowOf(prefix, states), i * vocabularySize));
        const short = listing === undefined ? null : list;
        // All places are attended to alike.
        const attention = () => new Float32Array(prefixes.length * positions).fill(1 / positions);
        return {
          logProbabilities: short === null || whole ? logProbabilities : null,
          listed: short && listRows(logProbabilities, prefixes.length, prompts, short, tokenizer.endOfText, listing!),
          states: evidence?.states === true ? new Float32Array(prefixes.length) : null,
          attention: evidence?.attention === true ? attention() : null,
        };
      };
      return Promise.resolve({
        prefill(given, positions, whole = false) {
          rows = given.map((prompt) => [...prompt]);
          prompts = rows.length;
          last = rows.map((row) => row.slice(0, positions.at(-1)! + 1));
          return Promise.resolve(
            positions.map((position) =>
              outputFor(
                rows.map((row) => row.slice(0, position + 1)),
                shortlist,
                whole,
              ),
            ),
          );
        },
        step(parents, tokens, whole = false) {
          steps++;
          last = rows = Array.from(parents, (parent, row) => [...rows[parent]!, tokens[row]!]);
          return Promise.resolve(outputFor(rows, shortlist, whole));
        },
        again: () => Promise.resolve((agains++, outputFor(last, null, true))),
        dispose() {
          open--;
        },
      });
    },
    align(states, positions, tokens) {
      if (align === undefined) throw new Error('This toy model was not told how to align.');
      return Promise.resolve(align(tokens, positions, states));
    },
    dispose() {
      // Nothing is held.
    },
  };
}

/** A log-mel of one band whose values are their own frame numbers, so that states tell where their window stands. */
export function toyLogMel(frames: number): MelSpectrogram {
  return {
    values: Float32Array.from({ length: frames }, (_, frame) => frame),
    tail: new Float32Array(4),
    bands: 1,
    frames,
  };
}
