/**
 * A model in one file for whisper.cpp: as its models/convert-h5-to-ggml.py writes it, and in 8 or 5 bits as its quantize
 * program does. What ggml has no place for is lost: the lists of suppressed tokens and of alignment heads.
 */
import { melFilters } from '../audio/mel-filters.ts';
import { UsageError } from '../errors.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { openAdaptedModel } from './adapted-model.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { checkFree } from './export-folder.ts';
import type { ExportOptions } from './export-options.ts';
import { ggmlFormats, type GgmlFormat } from './ggml-formats.ts';
import { ggmlMagic, openaiName } from './ggml.ts';
import { hashFiles } from './model-files.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkShapes } from './weights.ts';

export const ggmlPrecisions = ['f16', 'f32', 'q8_0', 'q5_1', 'q5_0'] as const;
type Precision = (typeof ggmlPrecisions)[number];

/** Numbers of `enum ggml_ftype`, and of the format of matrices in `enum ggml_type`. */
const forms: Readonly<Record<Precision, { readonly file: number; readonly matrix: number }>> = {
  f32: { file: 0, matrix: 0 },
  f16: { file: 1, matrix: 1 },
  q8_0: { file: 7, matrix: 8 },
  q5_0: { file: 8, matrix: 6 },
  q5_1: { file: 9, matrix: 7 },
};
/** A quantised file says in which version of the formats it is: 2, in thousands (GGML_QNT_VERSION_FACTOR). */
const quantisedVersion = 2000;
const bins = 201;

/**
 * @returns sha256 of the file.
 * @throws UsageError `export` when the place is not free or the model does not fit the format; `model`, `weights`,
 *   `tokenizer` when the model is not sound; `output-file` when the place cannot be written to.
 */
export async function exportGgml(
  { from, to, note, adapters = [] }: ExportOptions,
  precision: Precision,
): Promise<string> {
  checkFree(to);
  const { dimensions, tokenizer, source } = await openAdaptedModel(from, from, adapters);
  try {
    checkShapes(source, dimensions);
    checkFits(from, dimensions, precision);
    const file = await openPendingFile(to);
    try {
      await file.write(header(dimensions, precision));
      await file.write(filters(dimensions.bands));
      await file.write(vocabulary(tokenizer));
      for (const [name, shape] of weightShapes(dimensions)) {
        note?.(`Writing ${name}`);
        const [number, format] = formatOf(name, shape, precision);
        await file.write(tensorHeader(openaiName(name), shape, number));
        await file.write(format.fromFloats(await source.read(name)));
      }
      await file.commit();
    } finally {
      await file.discard();
    }
    return await hashFiles([to]);
  } finally {
    await source.close();
  }
}

function checkFits(from: string, dimensions: Dimensions, precision: Precision): void {
  const { width, encoderInner, decoderInner } = dimensions;
  if (encoderInner !== 4 * width || decoderInner !== 4 * width) {
    throw new UsageError(
      'export',
      `${from} has layers of ${encoderInner} and ${decoderInner} within; ggml only knows four times the width, ${4 * width}.`,
    );
  }
  const block = ggmlFormats.get(forms[precision].matrix)?.block ?? 1;
  if (width % block !== 0) {
    throw new UsageError(
      'export',
      `${from} is ${width} wide and ${precision} stores blocks of ${block}; export it in f16.`,
    );
  }
}

function header(dimensions: Dimensions, precision: Precision): Uint8Array {
  const { vocabularySize, audioPositions, width, encoderHeads, encoderLayers } = dimensions;
  const { textPositions, decoderHeads, decoderLayers, bands } = dimensions;
  const { file } = forms[precision];
  const form = precision.startsWith('q') ? quantisedVersion + file : file;
  const encoder = [audioPositions, width, encoderHeads, encoderLayers];
  return ints(ggmlMagic, vocabularySize, ...encoder, textPositions, width, decoderHeads, decoderLayers, bands, form);
}

/** The mel filters as a dense matrix, bands x bins. */
function filters(bands: number): Uint8Array {
  const { starts, offsets, weights } = melFilters(bands, 2 * (bins - 1), 16_000);
  const dense = new Float32Array(bands * bins);
  for (let band = 0; band < bands; band++) {
    dense.set(weights.subarray(offsets[band], offsets[band + 1]), band * bins + (starts[band] as number));
  }
  return Buffer.concat([ints(bands, bins), bytesOf(dense)]);
}

/** The bytes of every ordinary token; whisper.cpp counts on to the special ones. */
function vocabulary({ endOfText, bytes }: Tokenizer): Uint8Array {
  const tokens = Array.from({ length: endOfText }, (_, id) => bytes(id));
  return Buffer.concat([ints(endOfText), ...tokens.flatMap((token) => [ints(token.length), token])]);
}

/** whisper.cpp wants vectors and positions in 32 bits, and convolutions in 16 beside quantised matrices. */
function formatOf(name: string, shape: readonly number[], precision: Precision): [number, GgmlFormat] {
  const isVector = shape.length === 1 || name.endsWith('embed_positions.weight');
  const number = isVector ? 0 : shape.length === 3 ? Math.min(1, forms[precision].matrix) : forms[precision].matrix;
  return [number, ggmlFormats.get(number) as GgmlFormat];
}

function tensorHeader(name: string, shape: readonly number[], format: number): Uint8Array {
  // The biases of convolutions are columns.
  const axes = /^encoder\.conv\d\.bias$/.test(name) ? [...shape, 1] : shape;
  const letters = Buffer.from(name, 'latin1');
  return Buffer.concat([ints(axes.length, letters.length, format, ...axes.toReversed()), letters]);
}

function ints(...numbers: number[]): Uint8Array {
  return bytesOf(Int32Array.from(numbers));
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
