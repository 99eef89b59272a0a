/**
 * What the model would have said at every token of a reference, had all before it been right: a teacher-forced pass whose
 * best token at each place is written down. With the oracle in the place of a calibrator it is the ceiling of all
 * calibrators (method-specs 1.9, I17, and 11, step 2).
 */
import { RecordError } from '../errors.ts';
import { languageSet } from '../language/language-set.ts';
import { tokenLanguages, type TokenLanguages } from '../language/token-language.ts';
import type { Segment } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import { compressionRatio } from './compression-ratio.ts';
import { languageScorer } from './language-scorer.ts';
import { oracle } from './oracle.ts';
import { scoreTokens } from './score-tokens.ts';
import type { States } from './windows.ts';

export interface ForcedReferenceOptions {
  /** Whisper's code of the tag in the prompt. */
  readonly language: string;
  /** Whether q is the true language of every token, which replaces the model's own; else no language term is added. */
  readonly isOracle: boolean;
}

/** Weight at which a language of floor probability (1e-8) loses against any token of the true one. */
const ORACLE_WEIGHT = 10;

/** Ready for one model and set of languages; the map of a whole vocabulary takes a tenth of a second. */
export function forcedReference(
  model: SpeechModel,
  languages: readonly string[],
): (states: States, reference: string, seconds: number, options: ForcedReferenceOptions) => Promise<Segment> {
  const declared = tokenLanguages(model.tokenizer, languageSet(languages));
  return async (states, reference, seconds, options) => {
    const { tokenizer } = model;
    const tokens = [...tokenizer.encode(asSpoken(reference)), tokenizer.endOfText];
    const session = await model.openDecoder(states.states, states.positions);
    try {
      const scorer = scorerFor(model, declared, tokens, options.isOracle);
      const { choices } = await scoreTokens({ model, session, scorer }, promptAndFilters(options.language), tokens);
      // What is chosen in the place of the end is no part of the text.
      const tokenScores = choices.slice(0, -1);
      const chosen = tokenScores.map(({ token }) => token);
      const text = tokenizer.decode(chosen);
      return {
        start: 0,
        end: seconds,
        text,
        tokens: chosen,
        tokenScores,
        seek: 0,
        temperature: 0,
        averageLogProbability: tokenScores.reduce((sum, { score }) => sum + score, 0) / Math.max(1, chosen.length),
        compressionRatio: compressionRatio(text),
        noSpeechProbability: 0,
        words: null,
      };
    } finally {
      session.dispose();
    }
  };
}

function scorerFor({ tokenizer }: SpeechModel, declared: TokenLanguages, tokens: readonly number[], isOracle: boolean) {
  const terms = { otherPolicy: 'class', fragmentPolicy: 'inherit', prompt: 0 } as const;
  return isOracle
    ? languageScorer(
        tokenizer,
        declared,
        { ...terms, mode: 'external', weight: ORACLE_WEIGHT },
        oracle(tokens, declared),
      )
    : languageScorer(tokenizer, declared, { ...terms, mode: 'plain', weight: 0 }, null);
}

/** No timestamps, which a reference has not, and every token of a reference may come. */
function promptAndFilters(language: string) {
  return {
    task: 'transcribe',
    tags: [[language]],
    withoutTimestamps: true,
    prefix: null,
    sampleLength: null,
    suppressBlank: false,
    suppressTokens: [],
    maxInitialTimestamp: null,
  } as const;
}

/** As Whisper writes: a space before the first word of a script that has them. @throws RecordError `no-reference`. */
function asSpoken(reference: string): string {
  const text = reference.trim();
  if (text === '')
    throw new RecordError('no-reference', 'the reference is empty; leave the utterance out of the manifest.');
  return /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(text) ? text : ` ${text}`;
}
