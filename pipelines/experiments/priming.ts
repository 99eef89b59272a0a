/**
 * A text that switches language stands before every window (an initial prompt), as users of Whisper try who want it to write
 * code-switched speech.
 */
import { experiment, searchOnly, weighedBy } from './systems.ts';

const first = '我今天有一个 meeting，所以 maybe 晚一点 go home。';
const second = '今天天气很好。The weather is nice today. 我觉得 this is a good idea，我们一起去吧。';
const behind = (initialPrompt: string) => ({ initialPrompt, carryInitialPrompt: true });

export default experiment('priming', {
  'mixture-primed-1': weighedBy('detected', { calibratorFloor: 0.2, ...behind(first) }),
  'mixture-primed-2': weighedBy('detected', { calibratorFloor: 0.2, ...behind(second) }),
  'beam5-primed': {
    with: { ...searchOnly, languagePrompt: 'single', rescore: 'plain', guard: false, ...behind(first) },
  },
});
