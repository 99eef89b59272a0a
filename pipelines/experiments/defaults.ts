/** What `diglot transcribe --language zh,en` does, fallback and all: its settings, and what stands against them. */
import { experiment, type System } from './systems.ts';

const single: System['with'] = { languagePrompt: 'single', rescore: 'plain' };
const mixture: System['with'] = { languagePrompt: 'mixture', calibrator: 'detected', calibratorFloor: 0.2 };
/** The prompts weighed by what the window sounds like, the tokens by the sound that they attend to. */
const term: System['with'] = {
  calibrator: 'acoustic',
  mixtureWeights: 'detected',
  rescore: 'external',
  weight: 0.5,
  calibratorFloor: 0.1,
};

export default experiment('defaults', {
  'fallback-greedy': { with: { ...single, guard: false, beamSize: 1 } },
  'fallback-beam5': { with: { ...single, guard: false } },
  'fallback-mixture-guard': { with: { ...mixture, guard: true } },
  'fallback-mixture-term-guard': { with: { ...mixture, ...term, guard: true } },
  'fallback-beam5-guard': { with: { ...single, guard: true } },
});
