/**
 * What tells the language of the next token: a (the model's own) and q at every token of the references, teacher-forced, so
 * that no search stands between. Where q is no better than a, no language term with q can be expected to help.
 */
import { experiment, type System } from './systems.ts';

const fed = (calibrator: string, languagePrompt: string): System => ({
  op: 'force-reference',
  measure: { calibrator, languagePrompt, rescore: 'plain' },
});

export default experiment('evidence', {
  'oracle-q-detected': fed('detected', 'single'),
  'oracle-q-acoustic': fed('acoustic', 'single'),
  'oracle-q-forward': fed('forward', 'mixture'),
});
