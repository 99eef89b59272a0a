/** Word times of one window, and what follows from them: where to listen next, and what was made up. */
import type { SpeechModel } from '../whisper/speech-model.ts';
import { findHallucination } from './hallucination.ts';
import { placeWords, type Punctuation } from './place-words.ts';
import type { PromptOptions } from './prompt.ts';
import { lastEnd, type CutWindow, type SegmentDraft } from './segments.ts';
import type { States } from './windows.ts';
import { timeWords } from './word-times.ts';

export interface WordOptions extends Punctuation {
  /** Seconds of silence around made-up text that are skipped; null never does. */
  readonly hallucinationSilenceThreshold: number | null;
}

/** Where a window stands; frames of 10 ms. */
export interface WindowPlace {
  readonly seek: number;
  /** Frames that it holds of the recording, and that it could hold. */
  readonly size: number;
  readonly longest: number;
  readonly recording: number;
  /** Seconds of the recording where the last word before the window ends. */
  readonly lastSpeech: number;
}

/** @returns The segments that stand, with their words, and the frame where the next window begins. */
export async function addWords(
  model: SpeechModel,
  window: States,
  { segments, advance, endsInSilence }: CutWindow,
  place: WindowPlace,
  options: WordOptions & { readonly task: PromptOptions['task']; readonly tags: readonly string[] },
): Promise<{ segments: readonly SegmentDraft[]; next: number }> {
  const { seek, size, longest, recording, lastSpeech } = place;
  const start = seek / 100;
  const heard = { ...window, heard: Math.floor(size / 2) };
  const words = await timeWords(
    model,
    heard,
    segments.map(({ tokens }) => tokens),
    options,
  );
  placeWords(segments, words, model.tokenizer.endOfText, start, lastSpeech, options);

  const threshold = options.hallucinationSilenceThreshold;
  const windowEnd = (seek + longest) / 100;
  const end = lastEnd(segments);
  let next = seek + advance;
  if (!endsInSilence && end !== null && end > start) {
    const restIsShort = threshold !== null && windowEnd - end <= threshold;
    next = restIsShort ? seek + size : Math.round(end * 100);
  }
  if (threshold === null) return { segments, next };
  const skip = findHallucination(segments, {
    threshold,
    windowStart: start,
    audioEnd: (seek + size) / 100,
    windowEnd,
    recordingEnd: recording / 100,
    lastSpeech,
  });
  return skip === null
    ? { segments, next }
    : { segments: segments.slice(0, skip.keep), next: Math.round(skip.seek * 100) };
}
