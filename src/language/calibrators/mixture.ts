/**
 * q as the class marginal of the mixture of prompts: each language's prompt gives the classes its own a, and detection
 * says what each prompt weighs, q_u = sum over l of w[l] a_u under prompt l. For a search under a single tag this is
 * evidence from outside: what the decoder would write had it not been told the language.
 */
import type { Calibrator } from '../calibrator.ts';
import { rescoring } from '../rescoring.ts';
import type { ByteState, TokenLanguages } from '../token-language.ts';
import type { TokenRow } from '../token-row.ts';
import { withFloor } from './floor.ts';

/** @param floor Least weight of a prompt. */
export function mixtureCalibrator(tokenLanguages: TokenLanguages, floor: number): Calibrator {
  const { set, start, next } = tokenLanguages;
  const plain = rescoring(tokenLanguages, {
    mode: 'plain',
    weight: 0,
    otherPolicy: 'class',
    fragmentPolicy: 'inherit',
  });
  const marginal = (row: TokenRow, state: ByteState): Float64Array => plain(row, state, null).internal;

  return {
    name: 'mixture',
    needs: { states: false, attention: false },
    needsPrompts: true,
    open({ detected }) {
      const weights = withFloor(detected, floor);
      return Promise.resolve({
        start,
        posterior({ prompts }, state) {
          if (prompts.length !== weights.length) return marginal(prompts[0]!, state as ByteState);
          const q = new Float64Array(set.classes.length);
          prompts.forEach((row, prompt) => {
            marginal(row, state as ByteState).forEach((a, index) => (q[index]! += weights[prompt]! * a));
          });
          return q;
        },
        next: (state, token) => next(state as ByteState, token),
      });
    },
  };
}
