/** The noise of a step: drawn from the seed and the number of the step alone, so that a run can go on from any step. */
import { normalNumber, randomNumbersFor } from '../random-numbers.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';

/** Deviation of the noise that the loss `noise-consistency` adds to log-mels, whose numbers lie within about 2. */
const melDeviation = 0.1;

export interface NoiseSizes {
  /** Features that all targets together read. */
  readonly features: number;
  /** rank times targets. */
  readonly narrow: number;
}

/**
 * @param names Inputs of the step that are asked for: `kept`, `drawn`, `melNoise` (low-rank.ts, step-graph.ts).
 * @param part Which part of a batch that is computed in parts.
 */
export function noiseOf(
  names: Readonly<Record<string, unknown>>,
  { features, narrow }: NoiseSizes,
  at: { readonly seed: number; readonly step: number; readonly part: number },
  dropout: number,
  rows: number,
  logMel: NumberArray | null,
): Record<string, NumberArray> {
  const made: Record<string, NumberArray> = {};
  const random = (name: string) => randomNumbersFor(at.seed, `${name} ${at.step} ${at.part}`);
  if ('kept' in names) {
    const next = random('dropout');
    const values = Float32Array.from({ length: rows * features }, () => (next() < dropout ? 0 : 1 / (1 - dropout)));
    made['kept'] = { values, shape: [rows, features] };
  }
  if ('drawn' in names) {
    const next = random('variational');
    made['drawn'] = {
      values: Float32Array.from({ length: rows * narrow }, () => normalNumber(next)),
      shape: [rows, narrow],
    };
  }
  if ('melNoise' in names && logMel !== null) {
    const next = random('log-mel');
    made['melNoise'] = {
      values: logMel.values.slice().map(() => melDeviation * normalNumber(next)),
      shape: logMel.shape,
    };
  }
  return made;
}
