/** `diglot export`: a model written in a form that other programs run. */
import { UsageError } from '../errors.ts';
import { exportGgml, ggmlPrecisions } from './export-ggml.ts';
import { exportOnnx, onnxPrecisions } from './export-onnx.ts';
import type { ExportOptions } from './export-options.ts';
import { exportPeft, peftPrecisions } from './export-peft.ts';
import { exportSafetensors, safetensorsPrecisions } from './export-safetensors.ts';

/** By format, the precisions that it has; the first is what is written unless another is asked for. */
export const exportFormats = {
  safetensors: safetensorsPrecisions,
  onnx: onnxPrecisions,
  ggml: ggmlPrecisions,
  peft: peftPrecisions,
} as const;
export type ExportFormat = keyof typeof exportFormats;
export type ExportPrecision = (typeof exportFormats)[ExportFormat][number];

/**
 * The same model gives the same bytes. What is written appears whole or not at all.
 * @returns sha256 of the weights that were written.
 * @throws UsageError `export` when the format does not have the precision or the place is not free; `model`, `weights`,
 *   `tokenizer` when the model is not sound.
 */
export async function exportModel(
  options: ExportOptions & { readonly format: ExportFormat; readonly precision?: ExportPrecision },
): Promise<string> {
  const { format, precision } = options;
  switch (format) {
    case 'safetensors':
      return exportSafetensors(options, chosen(format, safetensorsPrecisions, precision));
    case 'onnx':
      return exportOnnx(options, chosen(format, onnxPrecisions, precision));
    case 'ggml':
      return exportGgml(options, chosen(format, ggmlPrecisions, precision));
    case 'peft':
      return exportPeft(options, chosen(format, peftPrecisions, precision));
  }
}

function chosen<P extends string>(format: ExportFormat, all: readonly [P, ...P[]], asked: string = all[0]): P {
  const found = all.find((precision) => precision === asked);
  if (found !== undefined) return found;
  throw new UsageError('export', `${format} has no precision ${asked}; it has ${all.join(', ')}.`);
}
