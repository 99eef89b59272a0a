/** Records of a live session: heard, partial, final, lost. */
import type { Gap, Origin, RecordBase } from './audio.ts';
import type { LanguageSpan, Word } from './recognition.ts';

/** A chunk of a live stream, and what the voice detector made of it. */
export interface SpeechChunk extends RecordBase {
  readonly kind: 'speech';
  readonly origin: Origin;
  /** At 16 kHz; empty where nobody speaks. The first chunk of an utterance begins a little before the speech does. */
  readonly samples: Float32Array;
  readonly sampleRate: number;
  /** The utterance that the samples belong to, counted from 1; 0 where nobody speaks. */
  readonly utterance: number;
  /** Seconds from the beginning of the recording where the speech has ended, if it has by now; null while it goes on. */
  readonly endOfSpeech: number | null;
  /** Whether this is the last chunk of its utterance. */
  readonly endsUtterance: boolean;
  /** Loudness in decibels under full scale: 0 at most, -100 for silence. */
  readonly level: number;
  /** Probability of speech. */
  readonly probability: number;
}

/** A word of a live session, with its language. */
export interface LiveWord extends Word {
  /** Code of a declared language, or `other`. */
  readonly language: string;
  /** a: internal probability of each declared language and of `other` at its first token; sums to 1. */
  readonly internal: readonly number[];
  /** q: external probability of each declared language (and of `other`, where the calibrator tells); null without one. */
  readonly external: readonly number[] | null;
}

/** What partial and final texts of a live session have in common. `origin` is the place of the text in the recording. */
export interface LiveText extends RecordBase {
  readonly origin: Origin;
  /** The utterance, from the beginning of speech to the silence behind it, counted from 1. */
  readonly utterance: number;
  /** Words as they are read; of a text behind others of its utterance with the space before it, if there is one. */
  readonly text: string;
  readonly words: readonly LiveWord[];
  /** Tag that the text was decoded under. */
  readonly language: string;
  /** The declared languages, in the order of every list of probabilities. */
  readonly languages: readonly string[];
  readonly languageSpans: readonly LanguageSpan[];
  /** Geometric mean of the words' probabilities, 0 to 1; 1 for an empty text. */
  readonly confidence: number;
  /**
   * Seconds from the beginning of the recording, by the clock of the session: when the text was given. That less the end
   * of a word is the word's latency.
   */
  readonly emittedAt: number;
  /** The same if computing took no time: how much of the recording had been heard (`computation-unaware`). */
  readonly heardUntil: number;
}

/**
 * What is heard behind the final words of an utterance, and may still change. It takes the place of the partial text
 * before it, and has the id of the final text that will take its own.
 */
export interface PartialText extends LiveText {
  readonly kind: 'partial';
}

/** Text that never changes again. The final texts of an utterance follow one another; all of them together are its text. */
export interface FinalText extends LiveText {
  readonly kind: 'final';
  /** The utterance is over; its last text may be empty. */
  readonly endsUtterance: boolean;
  /** Seconds from the beginning of the recording where its speech ended; null before the last. */
  readonly endOfSpeech: number | null;
}

/** Audio that a live session did not hear. What was heard before it is final; times go on behind it. */
export interface GapMarker extends RecordBase {
  readonly kind: 'gap';
  readonly origin: Origin;
  readonly gap: Gap;
}

/** How loud a live stream is and whether somebody speaks: for a meter, a few times a second. */
export interface VoiceActivity extends RecordBase {
  readonly kind: 'activity';
  readonly origin: Origin;
  /** Decibels under full scale: 0 at most, -100 for silence. */
  readonly level: number;
  /** Probability of speech. */
  readonly probability: number;
  readonly speaking: boolean;
  /** Seconds of speech that have been heard and not yet been decoded. */
  readonly lag: number;
}
