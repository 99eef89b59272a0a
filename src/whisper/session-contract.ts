/** What sessions of decoding share, whatever computes: refusing what their contract forbids, and parts of an answer. */
import type { Dimensions } from './dimensions.ts';
import type { StepOutput } from './speech-model.ts';
import type { TokenTree } from './token-tree.ts';

export const unbegun = 'A session begins with prefill.';

/**
 * Tokens of a prompt.
 * @throws Error when the prompts differ in length or are too long.
 */
export function checkPrompts(prompts: readonly (readonly number[])[], { textPositions }: Dimensions): number {
  const tokens = prompts[0]?.length ?? 0;
  if (tokens === 0) throw new Error('A session begins with prompts of at least one token.');
  if (prompts.some((prompt) => prompt.length !== tokens)) throw new Error('The prompts differ in length.');
  if (tokens > textPositions) throw new Error(`${tokens} tokens do not fit ${textPositions} positions.`);
  return tokens;
}

/** @throws Error when a row is not there or the rows are as long as the model allows. */
export function checkParents(tree: TokenTree, parents: Int32Array, { textPositions }: Dimensions): void {
  if (tree.length() === 0) throw new Error(unbegun);
  if (tree.length() >= textPositions) throw new Error(`A sequence has at most ${textPositions} tokens.`);
  const rows = tree.rows();
  if (!parents.every((parent) => parent >= 0 && parent < rows)) throw new Error(`Only ${rows} rows are there.`);
}

/** One of `parts` equal parts of whole rows. */
export function partOf(output: StepOutput, index: number, parts: number): StepOutput {
  const part = (values: Float32Array | null) => {
    const size = (values?.length ?? 0) / parts;
    return values && values.slice(index * size, (index + 1) * size);
  };
  const { logProbabilities, states, attention } = output;
  return { logProbabilities: part(logProbabilities), listed: null, states: part(states), attention: part(attention) };
}
