/** Which prompt: the tag of one language, both tags in one prompt, or the tag that is heard; greedy and with a beam of 5. */
import { experiment, searchOnly, type System } from './systems.ts';

const prompted = (beamSize: number, prompt: System['with']): System => ({
  with: { ...searchOnly, rescore: 'plain', guard: false, beamSize, ...prompt },
});

export default experiment('prompts', {
  'greedy-zh': prompted(1, { language: 'zh' }),
  'greedy-detected': prompted(1, { languagePrompt: 'single' }),
  'beam5-zh': prompted(5, { language: 'zh' }),
  'beam5-detected': prompted(5, { languagePrompt: 'single' }),
  'beam5-en': prompted(5, { language: 'en' }),
  'beam5-joined': prompted(5, { languagePrompt: 'joined' }),
});
