/** From the rows of a decoder step to what is known of the token behind each path. */
import type { PathEvidence } from '../language/calibrator.ts';
import { wholeRow, type TokenRow } from '../language/token-row.ts';
import type { ListedRows, Shortlist, StepOutput } from '../whisper/speech-model.ts';

/**
 * Path p has the rows p x prompts to (p + 1) x prompts - 1, one for each prompt.
 *
 * @param shortlist What the step was asked for; null where it was asked for whole rows.
 */
export function evidenceOf(
  { logProbabilities, listed, states, attention }: StepOutput,
  paths: number,
  prompts: number,
  shortlist: Shortlist | null,
  endOfText: number,
): PathEvidence[] {
  const rows = paths * prompts;
  const part = (values: Float32Array, row: number): Float32Array => rowOf(values, row, rows);
  const rowsOf =
    listed === null || shortlist === null
      ? (_path: number, own: readonly number[]) => own.map((row) => wholeRow(part(logProbabilities!, row), endOfText))
      : listedRows(listed, paths, prompts, shortlist, endOfText);
  return Array.from({ length: paths }, (_, path) => {
    const own = Array.from({ length: prompts }, (_row, prompt) => path * prompts + prompt);
    return {
      prompts: rowsOf(path, own),
      state: states && part(states, own[0]!),
      attention: attention && meanOf(own.map((row) => part(attention, row))),
    };
  });
}

function listedRows(
  { best, bestLogProbabilities, listed, special, masses, powerMasses }: ListedRows,
  paths: number,
  prompts: number,
  { groups, membership, listed: named }: Shortlist,
  endOfText: number,
): (path: number, own: readonly number[]) => TokenRow[] {
  const rows = paths * prompts;
  const perRow = best.length / rows;
  const count = prompts * perRow;
  const specials = special.length / rows;
  const template = new Int32Array(count + named.length + specials);
  template.set(named, count);
  for (let i = 0; i < specials; i++) template[count + named.length + i] = endOfText + i;
  const isGrouped = (token: number): boolean => {
    for (let group = 0; group < groups; group++) if (membership[group * endOfText + token] === 1) return true;
    return false;
  };

  return (path, own) => {
    const tokens = template.slice();
    const told = new Set<number>();
    for (let i = 0; i < count; i++) {
      const token = best[path * count + i]!;
      tokens[i] = told.has(token) || !isGrouped(token) ? -1 : token;
      told.add(token);
    }
    // No other token has more under any prompt.
    const bound = Math.max(
      ...own.map((row, prompt) => rowOf(bestLogProbabilities, row, rows)[(prompt + 1) * perRow - 1]!),
    );
    return own.map((row) => {
      const values = new Float32Array(tokens.length);
      values.set(rowOf(bestLogProbabilities, row, rows));
      for (let i = 0; i < count; i++) if (tokens[i] === -1) values[i] = -Infinity;
      values.set(rowOf(listed, row, rows), count);
      values.set(rowOf(special, row, rows), count + named.length);
      return {
        tokens,
        values,
        endOfText,
        special: count + named.length,
        grouped: {
          listedFrom: count,
          masses: Float64Array.from(rowOf(masses, row, rows)),
          powerMasses: powerMasses && Float64Array.from(rowOf(powerMasses, row, rows)),
          bounds: new Float64Array(groups).fill(bound),
        },
      };
    });
  };
}

function rowOf(values: Float32Array, row: number, rows: number): Float32Array {
  const size = values.length / rows;
  return values.subarray(row * size, (row + 1) * size);
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0]!;
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}
