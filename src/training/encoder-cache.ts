/**
 * Encoder states on disk, where the encoder is not trained: each log-mel is encoded once in all epochs and runs. In 16 bits,
 * rounded; the first epoch reads what the second will.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault } from '../tables/file-fault.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';
import { masked } from '../whisper/decoder.ts';
import { asNumbers, floatsToHalves, halvesToFloats } from '../whisper/number-formats.ts';
import type { TrainingUtterance } from './trainer.ts';

/**
 * @param model sha256 of the weights of the encoder.
 * @param encode Log-mel of an utterance to its states, positions x width.
 * @returns States of a batch as a step reads them: `audio`, with zeros behind the shorter ones, and `audioMask`.
 */
export function encoderCache(
  folder: string,
  model: string,
  width: number,
  encode: (utterance: TrainingUtterance) => Promise<Float32Array>,
): (batch: readonly TrainingUtterance[]) => Promise<Record<'audio' | 'audioMask', NumberArray>> {
  const statesOf = async (utterance: TrainingUtterance): Promise<Float32Array> => {
    const { buffer, byteOffset, byteLength } = utterance.logMel;
    const hash = createHash('sha256')
      .update(model)
      .update(new Uint8Array(buffer, byteOffset, byteLength));
    const path = join(folder, `${hash.digest('hex').slice(0, 40)}.f16`);
    const bytes = (utterance.frames / 2) * width * Uint16Array.BYTES_PER_ELEMENT;
    const kept = await readFile(path).catch(() => null);
    // What has another length was cut short by a full disk: it is made again.
    if (kept?.byteLength === bytes) return halvesToFloats(asNumbers(kept, Uint16Array));
    const halves = floatsToHalves(await encode(utterance));
    try {
      await mkdir(folder, { recursive: true });
      const unfinished = `${path}.${randomUUID()}.incomplete`;
      await writeFile(unfinished, new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength));
      await rename(unfinished, path);
    } catch (error) {
      throw new UsageError('output-file', fileFault('cannot write', path, error), { cause: error });
    }
    return halvesToFloats(halves);
  };

  return async (batch) => {
    const positions = Math.max(...batch.map(({ frames }) => frames / 2));
    const audio = new Float32Array(batch.length * positions * width);
    const mask = new Float32Array(batch.length * positions);
    for (const [row, utterance] of batch.entries()) {
      audio.set(await statesOf(utterance), row * positions * width);
      mask.fill(masked, row * positions + utterance.frames / 2, (row + 1) * positions);
    }
    return {
      audio: { values: audio, shape: [batch.length, positions, width] },
      audioMask: { values: mask, shape: [batch.length, 1, 1, positions] },
    };
  };
}
