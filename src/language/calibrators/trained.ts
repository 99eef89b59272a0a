/** Trained calibrators at work, in plain arrays (method-specs 1.5, options A, B and C; `calibrator-file.ts` has the formulas). */
import { UsageError } from '../../errors.ts';
import { attendedMean } from '../attended.ts';
import type { CalibratedWindow, Calibrator, WindowCalibrator } from '../calibrator.ts';
import type { LanguageSet } from '../language-set.ts';
import type { CalibratorFile } from './calibrator-file.ts';
import { affine, gelu, softmax, type Matrix } from './linear.ts';

/** A calibrator whose heads are made ready: reads q off one window. */
type Head = (window: CalibratedWindow) => WindowCalibrator['posterior'];

/**
 * @returns q over the classes where the file tells `other`, else over the languages. Its other languages are left out, and
 *   what they would have had is shared out among those of the set.
 * @throws UsageError `calibrator` when the file does not tell a language of the set.
 */
export function trainedCalibrator(file: CalibratorFile, set: LanguageSet): Calibrator {
  const { kind } = file.header;
  const readOut = outputOf(file, set);
  const heads = { 'decoder-state': decoderStateHead, 'cross-attention': crossAttentionHead, acoustic: acousticHead };
  const head = heads[kind](file, readOut);
  return {
    name: file.path,
    needs: { states: kind !== 'acoustic', attention: kind === 'acoustic' },
    needsPrompts: false,
    open(window) {
      return Promise.resolve({ start: null, posterior: head(window), next: () => null });
    },
  };
}

/**
 * The acoustic head at every position that holds audio.
 * @returns heard x classes, or x languages where the file does not tell `other`.
 * @throws UsageError `calibrator` when the file is of another kind, which needs a text, or does not tell a language of the set.
 */
export function acousticPosteriors(
  file: CalibratorFile,
  set: LanguageSet,
): (window: Pick<CalibratedWindow, 'states' | 'heard'>) => Float64Array {
  if (file.header.kind === 'acoustic') return overPositions(outputOf(file, set));
  throw new UsageError(
    'calibrator',
    `${file.path} is of the kind ${file.header.kind} and needs a text beside the sound; name an acoustic calibrator.`,
  );
}

/** The last map of a head, with softmax behind it. */
interface Output extends Pick<Matrix, 'rows' | 'columns'> {
  readonly probabilities: (features: ArrayLike<number>) => Float64Array;
}

function outputOf(file: CalibratorFile, set: LanguageSet): Output {
  const { classes, temperature } = file.header;
  const wanted = classes.includes('other') ? set.classes : set.languages;
  const missing = wanted.find((language) => !classes.includes(language));
  if (missing !== undefined) {
    throw new UsageError(
      'calibrator',
      `${file.path} tells ${classes.join(', ')} apart and not ${missing}; train it for ${set.languages.join(', ')}.`,
    );
  }
  const rows = wanted.map((name) => classes.indexOf(name));
  const matrix = chosenRows(matrixOf(file, 'output'), rows);
  return {
    rows: matrix.rows,
    columns: matrix.columns,
    probabilities: (features) => softmax(affine(matrix, features).map((score) => score / temperature)),
  };
}

function decoderStateHead(file: CalibratorFile, output: Output): Head {
  const hidden = matrixOf(file, 'hidden');
  return () =>
    ({ state }) =>
      output.probabilities(affine(hidden, state!).map(gelu));
}

function crossAttentionHead(file: CalibratorFile, output: Output): Head {
  const named = (name: string): Matrix => matrixOf(file, name);
  const [hidden, query, key, value, context] = [
    named('hidden'),
    named('query'),
    named('key'),
    named('value'),
    named('context'),
  ];
  return ({ states, heard }) => {
    const keys: Float64Array[] = [];
    const values = new Float64Array(heard * value.rows);
    for (let position = 0; position < heard; position++) {
      const state = states.subarray(position * key.columns, (position + 1) * key.columns);
      keys.push(affine(key, state));
      values.set(affine(value, state), position * value.rows);
    }
    return ({ state }) => {
      const asked = affine(query, state!);
      const scores = keys.map((one) => one.reduce((sum, x, i) => sum + x * asked[i]!, 0) / Math.sqrt(query.rows));
      const read = affine(context, attendedMean(softmax(Float64Array.from(scores)), values, value.rows));
      return output.probabilities(affine(hidden, [...state!, ...read]).map(gelu));
    };
  };
}

function acousticHead(_file: CalibratorFile, output: Output): Head {
  const listen = overPositions(output);
  return (window) => {
    const overTime = listen(window);
    return ({ attention }) => attendedMean(attention!, overTime, output.rows);
  };
}

function overPositions({
  rows,
  columns,
  probabilities,
}: Output): (window: Pick<CalibratedWindow, 'states' | 'heard'>) => Float64Array {
  return ({ states, heard }) => {
    const overTime = new Float64Array(heard * rows);
    for (let position = 0; position < heard; position++) {
      overTime.set(probabilities(states.subarray(position * columns, (position + 1) * columns)), position * rows);
    }
    return overTime;
  };
}

/** The tensors `name.weight` and `name.bias`, where it has one. */
function matrixOf({ tensors }: CalibratorFile, name: string): Matrix {
  const { shape, values } = tensors.get(`${name}.weight`)!;
  const [rows, columns] = shape as [number, number];
  return { rows, columns, values, bias: tensors.get(`${name}.bias`)?.values ?? null };
}

function chosenRows({ columns, values, bias }: Matrix, rows: readonly number[]): Matrix {
  const chosen = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => chosen.set(values.subarray(row * columns, (row + 1) * columns), i * columns));
  return { rows: rows.length, columns, values: chosen, bias: bias && Float32Array.from(rows, (row) => bias[row]!) };
}
