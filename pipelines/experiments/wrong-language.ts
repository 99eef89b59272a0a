/**
 * The wrong-language guard where it has something to find: one language is given for all recordings, whatever is said in
 * them, without and with the guard. All else as `diglot transcribe --language zh` decodes.
 */
import { experiment, type System } from './systems.ts';

const told = (language: 'zh' | 'en', guard: boolean): System => ({ with: { language, rescore: 'plain', guard } });

export default experiment('wrong-language', {
  'told-zh': told('zh', false),
  'told-zh-guard': told('zh', true),
  'told-en': told('en', false),
  'told-en-guard': told('en', true),
});
