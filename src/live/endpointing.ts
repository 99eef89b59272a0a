/**
 * Where utterances begin and end in a live stream: hysteresis over the speech probability of short frames. Nothing that
 * comes later is known, so an utterance begins a few frames late, with what was heard before as its pre-roll, and ends
 * when it has been silent for long enough.
 */
import { VOICE_FRAME } from '../audio/voice-activity.ts';

export interface EndpointOptions {
  /** Probability at which speech begins; it ends at 0.15 less. */
  readonly threshold: number;
  /** Seconds of speech that begin an utterance; shorter sounds are none. */
  readonly minSpeechSeconds: number;
  /** Seconds of silence that end an utterance. */
  readonly minSilenceSeconds: number;
  /** Seconds of the stream before the speech that belong to the utterance. */
  readonly preRollSeconds: number;
}

/** What a frame is. Places are frames, counted from 0. */
export interface FrameVerdict {
  /** First frame of the utterance, where it is known to have begun by this frame; null otherwise. */
  readonly begins: number | null;
  /** The frame belongs to an utterance. */
  readonly speaking: boolean;
  /** First frame of the silence that has lasted until now; null while somebody speaks, and outside of utterances. */
  readonly silentFrom: number | null;
  /** The frame is the last of its utterance. */
  readonly ends: boolean;
}

export interface Endpointer {
  /** @param probability Of speech in the next frame. */
  hear(probability: number): FrameVerdict;
}

const FRAME_SECONDS = VOICE_FRAME / 16_000;
/** By which the threshold for going on with speech lies under that for its beginning. */
const HYSTERESIS = 0.15;

/** The frames before the current one that an utterance which begins with it may reach back to. */
export function framesKept({ minSpeechSeconds, preRollSeconds }: EndpointOptions): number {
  return framesOf(minSpeechSeconds) + framesOf(preRollSeconds);
}

export function createEndpointer(options: EndpointOptions): Endpointer {
  const { threshold } = options;
  const leave = Math.max(threshold - HYSTERESIS, 0.01);
  const least = Math.max(1, framesOf(options.minSpeechSeconds));
  const patience = Math.max(1, framesOf(options.minSilenceSeconds));
  const preRoll = framesOf(options.preRollSeconds);
  let next = 0;
  let speaking = false;
  /** First frame of the sound that may become an utterance; null in silence. */
  let soundFrom: number | null = null;
  let silentFrom: number | null = null;
  /** First frame that no utterance has. */
  let free = 0;

  return {
    hear(probability) {
      const frame = next++;
      if (!speaking) {
        if (probability >= threshold) soundFrom ??= frame;
        else if (probability < leave) soundFrom = null;
        if (soundFrom === null || frame + 1 - soundFrom < least) {
          return { begins: null, speaking: false, silentFrom: null, ends: false };
        }
        const begins = Math.max(free, soundFrom - preRoll);
        speaking = true;
        soundFrom = null;
        silentFrom = null;
        return { begins, speaking: true, silentFrom: null, ends: false };
      }
      if (probability >= leave) silentFrom = null;
      else silentFrom ??= frame;
      const ends = silentFrom !== null && frame + 1 - silentFrom >= patience;
      const verdict = { begins: null, speaking: true, silentFrom, ends };
      if (ends) {
        speaking = false;
        free = frame + 1;
      }
      return verdict;
    },
  };
}

function framesOf(seconds: number): number {
  return Math.round(seconds / FRAME_SECONDS);
}
