/** q as detection hears the window: the same at every token. */
import type { Calibrator } from '../calibrator.ts';
import { withFloor } from './floor.ts';

/** @param floor Least q of a language: detection is nearly always sure, also of speech in two languages. */
export function detectedCalibrator(floor: number): Calibrator {
  return {
    name: 'detected',
    needs: { states: false, attention: false },
    needsPrompts: false,
    open({ detected }) {
      const q = withFloor(detected, floor);
      return Promise.resolve({ start: null, posterior: () => q, next: () => null });
    },
  };
}
