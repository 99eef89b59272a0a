/**
 * The file of a trained calibrator: a safetensors file of F32 tensors (PyTorch's layout, [out, in]) whose metadata says
 * what they are. `diglot` trains and reads them; any program that writes safetensors can make one.
 *
 * | kind | tensors | q of a token |
 * | --- | --- | --- |
 * | `decoder-state` (A) | hidden.weight [n, width], hidden.bias [n], output.weight [classes, n], output.bias [classes] | softmax((W2 gelu(W1 h + b1) + b2) / T) |
 * | `cross-attention` (B) | query, key, value .weight [m, width], context.weight [c, m], hidden.weight [n, width + c], and the rest of A | A over [h; Wc sum of softmax(q k / sqrt(m)) v] |
 * | `acoustic` (C) | output.weight [classes, width], output.bias [classes] | sum over t of attention[t] softmax((W s_t + b) / T) |
 *
 * h is the decoder state behind the last layer norm that predicts the token (width), s_t an encoder state, attention the
 * mean over the alignment heads, and the sums run over the positions that hold audio (method-specs 1.5). gelu is the exact one.
 */
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { asNumbers } from '../../whisper/number-formats.ts';
import { openSafetensors, writeSafetensors } from '../../whisper/safetensors.ts';
import type { ModelFacts } from '../../whisper/speech-model.ts';

export const calibratorKinds = ['decoder-state', 'cross-attention', 'acoustic'] as const;
export type CalibratorKind = (typeof calibratorKinds)[number];

/** What the metadata tells. In the file every value is a text: numbers in decimals, lists as JSON. */
const headerSchema = z.strictObject({
  kind: z.enum(calibratorKinds),
  /** In the order of the output: language codes and, where it is told, `other`. */
  classes: z.array(z.string().min(1)).min(2),
  /** Features of a state of the model. */
  width: z.int().positive(),
  /** T: what the scores are divided by, fitted on held-out data. */
  temperature: z.number().min(0.01).max(100),
  /** sha256 of the weights of the models that it was trained for; empty allows any of that width. */
  models: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'is no sha256 in small hexadecimal digits')),
});
export type CalibratorHeader = z.output<typeof headerSchema>;

/** Marks the file; a reader refuses what it does not know. */
const format = 'diglot-calibrator-1';

const fromText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue(`is ${JSON.stringify(text)}, which is neither a number nor a list in JSON`);
    return z.NEVER;
  }
});
/** The metadata as texts. Other keys are left alone: `pt`, what wrote the file, and with which data. */
export const calibratorMetadataSchema = z.object({
  format: z.literal(format),
  kind: headerSchema.shape.kind,
  classes: fromText.pipe(headerSchema.shape.classes),
  width: fromText.pipe(headerSchema.shape.width),
  temperature: fromText.pipe(headerSchema.shape.temperature),
  models: fromText.pipe(headerSchema.shape.models),
});

/** A matrix or vector of a calibrator, row after row. */
export interface CalibratorTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface CalibratorFile {
  readonly path: string;
  readonly header: CalibratorHeader;
  readonly tensors: ReadonlyMap<string, CalibratorTensor>;
}

/** Shapes by tensor name; a size that the file is free to choose is a letter, the same wherever it stands. */
const layouts: Readonly<Record<CalibratorKind, Readonly<Record<string, readonly string[]>>>> = {
  'decoder-state': {
    'hidden.weight': ['n', 'width'],
    'hidden.bias': ['n'],
    'output.weight': ['classes', 'n'],
    'output.bias': ['classes'],
  },
  'cross-attention': {
    'query.weight': ['m', 'width'],
    'key.weight': ['m', 'width'],
    'value.weight': ['m', 'width'],
    'context.weight': ['c', 'm'],
    'hidden.weight': ['n', 'width + c'],
    'hidden.bias': ['n'],
    'output.weight': ['classes', 'n'],
    'output.bias': ['classes'],
  },
  acoustic: { 'output.weight': ['classes', 'width'], 'output.bias': ['classes'] },
};

/**
 * @throws UsageError `weights` when the file is missing or no sound safetensors file; `calibrator` when it is not a
 *   calibrator, its tensors do not fit its metadata, or it was made for another model.
 */
export async function readCalibrator(
  path: string,
  model: Pick<ModelFacts, 'name' | 'sha256' | 'width'>,
): Promise<CalibratorFile> {
  const file = await openSafetensors(path);
  try {
    const parsed = calibratorMetadataSchema.safeParse(Object.fromEntries(file.metadata));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw broken(path, `its metadata ${JSON.stringify(issue!.path.join('.'))}: ${issue!.message}`);
    }
    const { kind, classes, width, temperature, models } = parsed.data;
    const header: CalibratorHeader = { kind, classes, width, temperature, models };
    checkModel(path, header, model);
    checkShapes(path, header, file.tensors);
    const tensors = new Map<string, CalibratorTensor>();
    for (const [name, { format: stored, shape }] of file.tensors) {
      if (stored !== 'F32') throw broken(path, `${name} is ${stored} and not F32`);
      const values = asNumbers(await file.readBytes(name), Float32Array);
      if (!values.every(Number.isFinite)) throw broken(path, `${name} holds NaN or infinite numbers`);
      tensors.set(name, { shape, values });
    }
    return { path, header, tensors };
  } finally {
    await file.close();
  }
}

/** @throws UsageError `calibrator` when the tensors do not fit the header: nothing is written then. */
export async function writeCalibrator({ path, header, tensors }: CalibratorFile): Promise<void> {
  checkShapes(path, header, tensors);
  const { kind, classes, width, temperature, models } = headerSchema.parse(header);
  await writeSafetensors(
    path,
    [...tensors].map(([name, { shape, values }]) => ({
      name,
      format: 'F32' as const,
      shape,
      read: () => Promise.resolve(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
    })),
    {
      format,
      kind,
      classes: JSON.stringify(classes),
      width: String(width),
      temperature: String(temperature),
      models: JSON.stringify(models),
    },
  );
}

function checkModel(
  path: string,
  { width, models }: CalibratorHeader,
  model: Pick<ModelFacts, 'name' | 'sha256' | 'width'>,
): void {
  if (width !== model.width) {
    throw broken(path, `it reads states of width ${width}, and those of ${model.name} have ${model.width}`);
  }
  if (models.length > 0 && !models.includes(model.sha256)) {
    throw broken(path, `it was made for models with other weights than ${model.name} (sha256 ${model.sha256})`);
  }
}

function checkShapes(
  path: string,
  { kind, classes, width }: CalibratorHeader,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  const layout = layouts[kind];
  const sizes = new Map([
    ['classes', classes.length],
    ['width', width],
  ]);
  const sizeOf = (size: string): number | undefined =>
    size === 'width + c' ? width + (sizes.get('c') ?? NaN) : sizes.get(size);
  for (const [name, wanted] of Object.entries(layout)) {
    const shape = tensors.get(name)?.shape;
    if (shape === undefined) throw broken(path, `it is of the kind ${kind} and holds no ${name}`);
    wanted.forEach((size, axis) => {
      if (!sizes.has(size) && size.length === 1 && shape[axis] !== undefined) sizes.set(size, shape[axis]);
    });
    if (shape.length !== wanted.length || !shape.every((size, axis) => size > 0 && size === sizeOf(wanted[axis]!))) {
      const sized = wanted.map((size) => `${size}${sizeOf(size) === undefined ? '' : ` = ${sizeOf(size)}`}`);
      throw broken(path, `${name} has the shape [${shape.join(', ')}] instead of [${sized.join(', ')}]`);
    }
  }
  const foreign = [...tensors.keys()].find((name) => !Object.hasOwn(layout, name));
  if (foreign !== undefined) throw broken(path, `a calibrator of the kind ${kind} has no tensor ${foreign}`);
}

function broken(path: string, fault: string): UsageError {
  return new UsageError('calibrator', `${path} is no calibrator that can be used: ${fault}; train it for this model.`);
}
