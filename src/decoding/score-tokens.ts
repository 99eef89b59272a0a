/**
 * What the search would have said of given tokens: a teacher-forced pass through the scorer that the search uses. It is
 * the second pass of method-specs 1.4, and how references are held against the model (3.6).
 */
import { RecordError } from '../errors.ts';
import { tokenAt } from '../language/token-row.ts';
import type { DecoderSession, SpeechModel } from '../whisper/speech-model.ts';
import { scoreRow } from './decode-window.ts';
import { largest } from './log-probabilities.ts';
import { evidenceOf } from './path-evidence.ts';
import { promptsOf, type PromptOptions } from './prompt.ts';
import type { ScoredToken, Scorer } from './scorer.ts';
import { tokenFilters, type FilterOptions } from './token-filters.ts';

export interface ScoringTools {
  readonly model: SpeechModel;
  readonly session: DecoderSession;
  /** `openScorer`'s, or `languageScorer` over `oracle` for the ceiling of all calibrators. */
  readonly scorer: Scorer;
}

export interface TeacherForced {
  /** Of the given tokens. */
  readonly scores: readonly ScoredToken[];
  /** At the same places, the token with the best score. */
  readonly choices: readonly ScoredToken[];
}

/**
 * @param options Filters included: with those of a search its results get their scores back; a token that they forbid has
 *   -Infinity.
 * @param tokens Without the prompt; with `<|endoftext|>` at their end where that is to be scored too.
 * @param previous Tokens of the text before the window.
 * @throws RecordError `not-finite` when the model gives scores that are no numbers, `too-long` when there are more tokens
 *   than the model has positions for.
 * @throws UsageError `language`, `prefix`, `rescoring`: as the search.
 */
export async function scoreTokens(
  { model, session, scorer }: ScoringTools,
  options: PromptOptions & FilterOptions,
  tokens: readonly number[],
  previous: readonly number[] = [],
): Promise<TeacherForced> {
  const { rows } = promptsOf(model, options, previous);
  const length = rows[0]!.length;
  const before = tokens.slice(0, -1);
  if (length + before.length > model.facts.textPositions) {
    throw new RecordError(
      'too-long',
      `${tokens.length} tokens behind a prompt of ${length} do not fit the ${model.facts.textPositions} positions of ${model.facts.name}.`,
    );
  }
  const outputs = await session.prefill(
    rows.map((prompt) => [...prompt, ...before]),
    tokens.map((_, i) => length - 1 + i),
    true,
  );
  const filters = tokenFilters(model.tokenizer, options);
  const scores: ScoredToken[] = [];
  const choices: ScoredToken[] = [];
  let state = scorer.start;
  tokens.forEach((token, i) => {
    const [evidence] = evidenceOf(outputs[i]!, 1, rows.length, null, model.tokenizer.endOfText);
    const row = scoreRow(scorer, evidence!, { tokens: tokens.slice(0, i), state }, filters);
    scores.push(row.tokenScore(token));
    choices.push(row.tokenScore(tokenAt(row.row, largest(row.row.values, 1)[0]!)));
    state = scorer.next(state, token, evidence!);
  });
  return { scores, choices };
}
