/** A recording of noise, longer than the window of the tiny model, and its encoding by it. */
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { encode } from '../../src/operators/encode.ts';
import type { Encoding, LogMel } from '../../src/records.ts';
import { randomNumbers, writeTinyModel } from './tiny-model.ts';

/** @param folder Where the model is written. @param window As the option of "encode". */
export async function tinyEncoding(folder: string, window: 'full' | 'fit' = 'full'): Promise<Encoding> {
  const model = await writeTinyModel(join(folder, 'tiny'));
  const samples = Float32Array.from({ length: 20_000 }, randomNumbers(3));
  const logMel: LogMel = {
    kind: 'log-mel',
    id: 'noise',
    origin: { path: 'noise.wav', start: 100, duration: 1.25, reference: null, speaker: null, piece: null },
    ...melSpectrogram(samples, 80),
  };
  return lastValueFrom(of(logMel).pipe(encode({ model, window, slack: 0.1 })));
}
