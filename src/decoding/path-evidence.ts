/** From the rows of a decoder step to what is known of the token behind each path. */
import type { PathEvidence } from '../language/calibrator.ts';
import type { StepOutput } from '../whisper/speech-model.ts';
import { logSumExp } from './log-probabilities.ts';

/**
 * Path p has the rows p x prompts to (p + 1) x prompts - 1, one for each prompt. Where there are several, their logits
 * become natural log-probabilities, in place, so that they can be mixed; the logits of a single prompt stay as they are.
 */
export function evidenceOf(
  { logits, normalised, states, attention }: StepOutput,
  paths: number,
  prompts: number,
): PathEvidence[] {
  const rows = paths * prompts;
  const part = (values: Float32Array, row: number): Float32Array => {
    const size = values.length / rows;
    return values.subarray(row * size, (row + 1) * size);
  };
  return Array.from({ length: paths }, (_, path) => {
    const own = Array.from({ length: prompts }, (_row, prompt) => path * prompts + prompt);
    const scores = own.map((row) => part(logits, row));
    if (prompts > 1 && !normalised) scores.forEach(toLogProbabilities);
    return {
      prompts: scores,
      state: states && part(states, own[0]!),
      attention: attention && meanOf(own.map((row) => part(attention, row))),
    };
  });
}

function toLogProbabilities(row: Float32Array): void {
  const normaliser = logSumExp(row);
  for (let token = 0; token < row.length; token++) row[token]! -= normaliser;
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0]!;
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}
