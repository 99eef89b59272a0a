/**
 * The mixture of both prompts in a beam of 5: weighed by what detection hears, no language below a floor, by a constant
 * share of English, by the sound that each token attends to, or by a forward recursion over the tokens. With a language
 * term, the window weighs the prompts and the sound that a token attends to adds its opinion of that token's language.
 */
import { experiment, searchOnly, type System } from './systems.ts';

const mixture = { ...searchOnly, languagePrompt: 'mixture', rescore: 'plain', guard: false };
const weighedBy = (calibrator: string, options: System['with'] = {}): System => ({
  with: { ...mixture, calibrator, ...options },
});

export default experiment('mixtures', {
  'mixture-floor@0.2': weighedBy('detected', { calibratorFloor: 0.2 }),
  'mixture-constant@0.3': weighedBy('constant', { prior: [0.7, 0.3] }),
  'mixture-term@0.5': weighedBy('acoustic', { mixtureWeights: 'detected', rescore: 'external', weight: 0.5 }),
  'mixture-acoustic': weighedBy('acoustic'),
  'mixture-forward': weighedBy('forward'),
});
