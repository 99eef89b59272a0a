/** Language terms in a beam of 5 behind the tag that is heard, over their weight; weight 0 is the same for all. */
import { experiment, searchOnly, type System } from './systems.ts';

const single = { ...searchOnly, languagePrompt: 'single', guard: false };

const over = (name: string, weights: readonly number[], family: System['with']) =>
  weights.map((weight) => [`${name}@${weight}`, { with: { ...single, ...family, weight } }] as const);

export default experiment(
  'weights',
  Object.fromEntries<System>([
    ...over('internal', [0, 0.3, 1], { rescore: 'internal' }),
    ...over('replace-acoustic', [0.3, 1], { rescore: 'replace', calibrator: 'acoustic' }),
    ...over('external-acoustic', [0.3], { rescore: 'external', calibrator: 'acoustic' }),
  ]),
);
