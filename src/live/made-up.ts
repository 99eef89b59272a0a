/**
 * What of a hearing nobody said. Whisper writes a text for anything: over noise an improbable one, behind a short
 * utterance the same once more, and in a loop as much as a window may hold. The words betray it: they have no time in
 * which anybody could have said them, or say the same again and again.
 */
import { compressionRatio } from '../decoding/compression-ratio.ts';
import { isGhost } from './ghosts.ts';
import type { Heard } from './hear-window.ts';
import { loopFrom } from './repetition.ts';

/** Seconds of a word that nobody can say: fast Mandarin has a syllable in three times as long. */
const SHORTEST = 0.05;
/** Words in a rush that are more than a slip of cross-attention. */
const RUSH = 3;
/** Letters of a word that is looked at for a loop of its own, such as "ahhhhhhhh". */
const LONG_WORD = 20;
/** A window is short, so that Whisper is less sure of silence than in the 30 s it was trained on: there it asks 0.6. */
const NO_SPEECH = 0.3;
/** Mean log-probability below which a text is a guess (openai-whisper `logprob_threshold`). */
const GUESS = -1;

interface Word {
  readonly word: string;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

export interface Believed {
  /** Words from the first on that may be believed. */
  readonly words: number;
  /** The rest is a loop, or was written without a sound for it: what was said before led the decoder to it. */
  readonly isLoop: boolean;
}

/**
 * @param saidKeys The last final words, in which a loop may have begun.
 * @param keyOf What two spellings of a word have in common.
 */
export function believe(heard: Heard, saidKeys: readonly string[], keyOf: (word: string) => string): Believed {
  const { words, silent, noSpeechProbability, averageLogProbability } = heard;
  const isNoise = averageLogProbability < GUESS && noSpeechProbability > NO_SPEECH;
  const doubt = noSpeechProbability > NO_SPEECH || averageLogProbability < -0.7;
  if (silent || isNoise || isGhost(words.map(({ word }) => word).join(''), doubt)) return { words: 0, isLoop: false };
  const keys = words.map(({ word }) => keyOf(word));
  const loop = loopFrom([...saidKeys, ...keys]);
  const ends = [
    loop === null ? words.length : Math.max(0, loop - saidKeys.length),
    firstOr(
      words.length,
      words.findIndex(({ word }) => isOneLoop(word)),
    ),
    rushFrom(words),
    echoFrom(words, keys),
  ];
  const end = Math.min(...ends);
  return { words: end, isLoop: loop !== null || (end === 0 && words.length > 0) };
}

const firstOr = (other: number, index: number): number => (index < 0 ? other : index);

function isOneLoop(word: string): boolean {
  return word.length > LONG_WORD && compressionRatio(word) > 2.4;
}

const lasts = (words: readonly Word[]): number => words.reduce((sum, { start, end }) => sum + end - start, 0);

/** Where the last words begin to come faster than anybody speaks; the number of words where they do not. */
export function rushFrom(words: readonly Word[]): number {
  const from = words.findIndex(({ start, end }, index) => {
    const rest = words.slice(index);
    return rest.length >= RUSH && end - start < SHORTEST && lasts(rest) < SHORTEST * rest.length;
  });
  return firstOr(words.length, from);
}

/** Where the last words say once more what was said right before them, without the time for it. */
export function echoFrom(words: readonly Word[], keys: readonly string[]): number {
  for (let length = words.length >> 1; length > 0; length--) {
    const at = words.length - length;
    const isSame = keys.slice(at).every((key, index) => key === keys[at - length + index]);
    const [first, second] = [lasts(words.slice(at - length, at)), lasts(words.slice(at))];
    if (isSame && second < 1.5 * SHORTEST * length && second < first / 3) return at;
  }
  return words.length;
}

/** Words of a repetition that is none by chance. */
const REPEATED = 3;

/** Whether the words are a part of what was said last, and nothing else. */
export function saysAgain(keys: readonly string[], saidKeys: readonly string[]): boolean {
  if (keys.length < REPEATED) return false;
  return saidKeys.some(
    (_, from) => from + keys.length <= saidKeys.length && keys.every((key, at) => key === saidKeys[from + at]),
  );
}
