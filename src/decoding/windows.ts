/** Cuts windows out of a recording's log-mel and encodes them. */
import { logMelWindow, type MelSpectrogram } from '../audio/mel-spectrogram.ts';
import type { Window } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';

/** Encoder states, positions x width. */
export interface States {
  readonly states: Float32Array;
  readonly positions: number;
}

/**
 * Frames of 10 ms that are encoded for `frames` frames of audio: all that the model has, or the audio and its slack;
 * even, because the encoder halves them.
 */
export function windowFrames(window: Window, frames: number, audioPositions: number): number {
  const full = 2 * audioPositions;
  if (window.kind === 'full') return full;
  return Math.max(2, Math.min(full, 2 * Math.ceil((frames + 100 * window.slack) / 2)));
}

/**
 * Encodes `frames` frames from `seek` on. Behind them the window holds zeros, as in openai-whisper's `transcribe()`, also
 * where the recording goes on behind the end of a clip.
 */
export async function encodeWindow(
  model: SpeechModel,
  logMel: MelSpectrogram,
  seek: number,
  frames: number,
  window: Window,
): Promise<States> {
  const width = windowFrames(window, frames, model.facts.audioPositions);
  const cut = logMelWindow(logMel, seek, frames, 'zero');
  const values = new Float32Array(logMel.bands * width);
  for (let band = 0; band < logMel.bands; band++) {
    values.set(cut.subarray(band * frames, (band + 1) * frames), band * width);
  }
  return { states: await model.encode(values, width), positions: width / 2 };
}

/**
 * The clips of a recording in frames of 10 ms, from start and end times in seconds. A last end that is missing is that of
 * the recording; nothing reaches beyond it.
 */
export function clipFrames(clipTimestamps: readonly number[], frames: number): { start: number; end: number }[] {
  const points = clipTimestamps.length === 0 ? [0] : clipTimestamps.map((seconds) => Math.round(seconds * 100));
  return points.flatMap((start, i) =>
    i % 2 === 0 ? [{ start: Math.max(0, start), end: Math.min(frames, points[i + 1] ?? frames) }] : [],
  );
}
