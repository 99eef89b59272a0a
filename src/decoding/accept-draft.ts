/**
 * How much of an earlier text of the same words still holds, in one pass of the decoder instead of a step a token
 * (Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding", with the last hearing for a draft).
 * A token holds while the model, having heard more, gives it more than all others together: then a search would go the
 * same way. What comes behind is left to the search.
 */
import { scoreRow, type DecodingTools, type WindowOptions } from './decode-window.ts';
import { evidenceOf } from './path-evidence.ts';
import { promptsOf } from './prompt.ts';
import { plainScorer } from './scorer.ts';
import type { Path } from './search.ts';
import { tokenFilters } from './token-filters.ts';

/** Natural log of the least probability that a token holds at. */
const LEAST = Math.log(0.5);

/**
 * @param draft Tokens behind the prompt and its prefix.
 * @param previous Tokens of the text before the window.
 * @returns The path that a search goes on with (`begun` of the tools). The session must begin anew, with prefill.
 * @throws UsageError `language`, `prefix`: see `promptsOf`.
 */
export async function acceptDraft(
  { session, model, scorer = plainScorer, shortlist = null }: Omit<DecodingTools, 'loopRatio'>,
  options: Omit<WindowOptions, 'temperature'>,
  draft: readonly number[],
  previous: readonly number[],
): Promise<Path> {
  const { facts, tokenizer } = model;
  const { rows: prompts } = promptsOf(model, options, previous);
  const length = prompts[0]!.length;
  const tried = draft.slice(0, Math.max(0, facts.textPositions - length));
  let path: Path = { tokens: [], tokenScores: [], score: 0, state: scorer.start };
  if (tried.length === 0) return path;
  const rows = prompts.map((prompt) => [...prompt, ...tried]);
  const behind = tried.map((_, index) => length - 1 + index);
  const outputs = await session.prefill(rows, behind);
  const filters = tokenFilters(tokenizer, options);
  for (const [index, token] of tried.entries()) {
    const [evidence] = evidenceOf(outputs[index]!, 1, prompts.length, shortlist, tokenizer.endOfText);
    const scored = scoreRow(scorer, evidence!, path, filters);
    const tokenScore = scored.tokenScore(token);
    if (!(tokenScore.score >= LEAST)) break;
    path = {
      tokens: [...path.tokens, token],
      tokenScores: [...path.tokenScores, tokenScore],
      score: path.score + tokenScore.score,
      state: scorer.next(path.state, token, evidence!),
    };
  }
  return path;
}
