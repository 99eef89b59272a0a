/**
 * The scorer of declared languages: the prompts' rows are mixed by q, the token filters mask, and the language terms are
 * added (method-specs 1.4). With one prompt and plain rescoring what it ranks by is the model's own log-softmax.
 */
import type { WindowCalibrator } from '../language/calibrator.ts';
import { rescoring, type RescoringOptions } from '../language/rescoring.ts';
import type { ByteState, TokenLanguages } from '../language/token-language.ts';
import { copyRow, valueOf, type TokenRow } from '../language/token-row.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { mix, mixtureWeights } from './mixture.ts';
import type { Scorer } from './scorer.ts';

interface PathLanguage {
  readonly bytes: ByteState;
  /** The calibrator's. */
  readonly external: unknown;
  /** That of what weighs the prompts. */
  readonly weights: unknown;
}

export interface LanguageScorerOptions extends RescoringOptions {
  /**
   * Which of several prompts is ranked by, the others being evidence for the calibrator; null mixes them by q. The prompts
   * of a mixture are those of the languages of the set, in its order.
   */
  readonly prompt: number | null;
}

/**
 * @param calibrator Gives q; needed by a mixture and by the rescoring modes that have q in their terms. Null elsewhere.
 * @param weights Gives the weights of a mixture; null takes the calibrator's q.
 * @throws UsageError `rescoring` when the weight cannot be used, or, at a row, when q is needed and there is none.
 */
export function languageScorer(
  tokenizer: Tokenizer,
  tokenLanguages: TokenLanguages,
  options: LanguageScorerOptions,
  calibrator: WindowCalibrator | null,
  weights: WindowCalibrator | null = null,
): Scorer<PathLanguage> {
  const { languages, classes } = tokenLanguages.set;
  const rescore = rescoring(tokenLanguages, options);
  return {
    start: { bytes: tokenLanguages.start, external: calibrator?.start, weights: weights?.start },
    score(evidence, { bytes, external: state, weights: weighing }, mask) {
      const { prompts } = evidence;
      const q = calibrator?.posterior(evidence, state) ?? null;
      const row =
        options.prompt === null
          ? mix(prompts, mixtureWeights(weights?.posterior(evidence, weighing) ?? q!, languages.length))
          : ownRow(prompts[options.prompt]!);
      mask(row);
      const { normaliser, internal, external, logProbability, sums } = rescore(row, bytes, q);
      return {
        row,
        normaliser,
        tokenScore: (token) => ({
          token,
          characters: charactersIn(tokenizer.bytes(token)),
          logProbability: logProbability(token),
          score: valueOf(row, token) - normaliser,
          language: classes[tokenLanguages.classOf(token, bytes)]!,
          internal: Array.from(internal),
          external: external && Array.from(external),
          sums: { ...sums(), begins: tokenLanguages.beginsUnit(token, bytes) },
        }),
      };
    },
    next: ({ bytes, external, weights: weighing }, token, evidence) => ({
      bytes: tokenLanguages.next(bytes, token),
      external: calibrator?.next(external, token, evidence),
      weights: weights?.next(weighing, token, evidence),
    }),
  };

  /** A calibrator looks at the evidence once more when the token is chosen; without one nobody does. */
  function ownRow(row: TokenRow): TokenRow {
    return calibrator === null ? row : copyRow(row);
  }
}

/** Code points that begin in these bytes of UTF-8. */
function charactersIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + ((byte & 0xc0) === 0x80 ? 0 : 1), 0);
}
