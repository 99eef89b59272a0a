/**
 * q from the sound alone, without training: detection over short stretches says which language is heard when, and the
 * cross-attention of the token says when it is heard, q_u = sum over t of alpha_u[t] r[t] (method-specs 1.5, option C with
 * Whisper's own detector as its head). Independent of what the path has written, which the decoder's own a is not.
 */
import type { Calibrator, WindowCalibrator } from '../calibrator.ts';
import { attendedMean } from '../attended.ts';
import { languageOverPositions, languageStretches, type Stretch, type StretchOptions } from '../stretches.ts';
import { withFloor } from './floor.ts';

/**
 * @param languages Whisper's codes, in the order of the set.
 * @param floor Least q of a language.
 */
export function acousticCalibrator(languages: readonly string[], floor: number, options: StretchOptions): Calibrator {
  return {
    name: 'acoustic',
    needs: { states: false, attention: true },
    needsPrompts: false,
    async open({ model, states, heard }) {
      return attendedStretches(await languageStretches(model, states, heard, languages, options), heard, floor);
    },
  };
}

/** q from stretches that were listened to already. @param heard Positions that hold audio. */
export function attendedStretches(stretches: readonly Stretch[], heard: number, floor: number): WindowCalibrator {
  const languages = stretches[0]!.probabilities.length;
  const overTime = languageOverPositions(stretches, heard);
  return {
    start: null,
    posterior: ({ attention }) => withFloor(attendedMean(attention!, overTime, languages), floor),
    next: () => null,
  };
}
