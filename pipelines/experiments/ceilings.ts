/**
 * How much there is to win. The right tag for every utterance, and teacher forcing without and with the true language of
 * every token (method-specs 1.9, I17): no choice of a tag betters the first, no calibrator the difference of the last two.
 */
import { experiment, searchOnly } from './systems.ts';

const single = { ...searchOnly, languagePrompt: 'single', rescore: 'plain', guard: false };

export default experiment('ceilings', {
  'oracle-tag': { language: 'true', with: single },
  'oracle-forced': { op: 'force-reference', language: 'true', with: { told: 'nothing' } },
  'oracle-forced-languages': { op: 'force-reference', language: 'true', with: { told: 'languages' } },
});
