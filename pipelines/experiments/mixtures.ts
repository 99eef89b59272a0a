/**
 * The mixture of both prompts in a beam of 5: weighed by what detection hears, no language below a floor, or by a constant
 * share of English; and with a language term, by which the sound that a token attends to says what it thinks of its language.
 */
import { experiment, weighedBy } from './systems.ts';

export default experiment('mixtures', {
  'mixture-floor@0.2': weighedBy('detected', { calibratorFloor: 0.2 }),
  'mixture-constant@0.3': weighedBy('constant', { prior: [0.7, 0.3] }),
  'mixture-term@0.5': weighedBy('acoustic', { mixtureWeights: 'detected', rescore: 'external', weight: 0.5 }),
});
