/**
 * q as the filtered posterior of a hidden Markov model: what is hidden is the language that the decoder should have been
 * told at each token, and what is seen are the tokens of the path.
 *
 * The language starts as detected, w_1 = pi. Before each further token it is drawn anew from pi with the switch rate s and
 * else stays:
 *
 *     T(l, l') = (1 - s) [l = l'] + s pi(l')
 *
 * Under the language l the decoder gives the token y_u the probability p(y_u | prompt l, y_<u). The forward recursion
 * (Rabiner 1989, equation 20, scaled at each step as in his section V.A) then is
 *
 *     w_{u+1}(l') = sum over l of  w_u(l) p(y_u | l) / Z_u  T(l, l'),     Z_u = sum over l of  w_u(l) p(y_u | l)
 *
 * and Z_u is what the mixture of prompts gives y_u, so that the product of the Z_u, which the search ranks by, is the
 * probability of the path with the languages summed out. s = 1 forgets at once: the mixture with constant weights pi.
 * s = 0 never switches: the sequence-level mixture, sum over l of pi(l) p(path | l).
 */
import type { Calibrator } from '../calibrator.ts';
import { valueOf } from '../token-row.ts';
import { withFloor } from './floor.ts';

/**
 * @param floor Least probability of a language at the start and in pi.
 * @param switchRate From 0 to 1, for each token.
 */
export function forwardCalibrator(floor: number, switchRate: number): Calibrator {
  return {
    name: 'forward',
    needs: { states: false, attention: false },
    needsPrompts: true,
    open({ detected }) {
      const start = withFloor(detected, floor);
      return Promise.resolve({
        start,
        posterior: (_evidence, weights) => weights as Float64Array,
        next(weights, token, { prompts }) {
          // One prompt alone cannot tell which would have been better.
          if (prompts.length !== start.length) return weights;
          const logProbabilities = prompts.map((row) => valueOf(row, token));
          const most = logProbabilities.reduce((a, b) => Math.max(a, b));
          // A token that no prompt allows was forced from outside and says nothing of the language.
          if (most === -Infinity) return weights;
          const seen = (weights as Float64Array).map((weight, l) => weight * Math.exp(logProbabilities[l]! - most));
          const sum = seen.reduce((total, weight) => total + weight, 0);
          if (sum === 0) return start;
          return seen.map((weight, l) => ((1 - switchRate) * weight) / sum + switchRate * start[l]!);
        },
      });
    },
  };
}
