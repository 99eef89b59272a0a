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

/** -1e30 stands for a token that is not there. */
const never = -1e29;

function listedRows(
  { best, bestLogProbabilities, listed, special, masses, powerMasses }: ListedRows,
  paths: number,
  prompts: number,
  { groups, listed: named }: Shortlist,
  endOfText: number,
): (path: number, own: readonly number[]) => TokenRow[] {
  const rows = paths * prompts;
  const count = best.length / paths;
  const perGroup = count / groups;
  const specials = special.length / rows;
  const template = new Int32Array(count + named.length + specials);
  template.set(named, count);
  for (let i = 0; i < specials; i++) template[count + named.length + i] = endOfText + i;

  return (path, own) => {
    const tokens = template.slice();
    const found = rowOf(bestLogProbabilities, own[0]!, rows);
    for (let i = 0; i < count; i++) tokens[i] = found[i]! < never ? -1 : best[path * count + i]!;
    const bounds = new Float64Array(groups).fill(-Infinity);
    for (const row of own) {
      const last = rowOf(bestLogProbabilities, row, rows);
      for (let group = 0; group < groups; group++) {
        bounds[group] = Math.max(bounds[group]!, last[(group + 1) * perGroup - 1]!);
      }
    }
    bounds.forEach((bound, group) => {
      if (bound < never) bounds[group] = -Infinity;
    });
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
          best: perGroup,
          listedFrom: count,
          masses: Float64Array.from(rowOf(masses, row, rows)),
          powerMasses: Float64Array.from(rowOf(powerMasses, row, rows)),
          bounds: bounds.slice(),
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
