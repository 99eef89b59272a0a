/** The clips of ../shared/golden/decode.jsonl, and their audio at 16 kHz. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeAudio } from '../../src/audio/decode.ts';
import { padOrTrim, melSpectrogram, SAMPLE_RATE, type MelSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { resample } from '../../src/audio/resampler.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import type { ComputePrecision } from '../../src/whisper/weights.ts';

export interface GoldenOptions {
  readonly model: string;
  readonly against: string;
  /** What `against` computes in. */
  readonly precision: ComputePrecision;
  /** Folder of 16 kHz WAVs to read in place of our resampler's; file names are kept, whatever the format was. */
  readonly audio?: string | undefined;
  /** Parts of file names; a clip that holds none of them is left out. */
  readonly files: readonly string[];
}

export interface GoldenDecoding {
  readonly language: string;
  readonly beam: number;
  readonly tokens: readonly number[];
  readonly text: string;
  readonly avg_logprob: number;
  readonly no_speech_prob: number;
}

export interface GoldenClip {
  readonly file: string;
  readonly text: string | null;
  readonly lang: string | null;
  readonly samples_16k: number;
  readonly language: readonly (readonly [string, number])[];
  readonly decode: readonly GoldenDecoding[];
}

export const shared = '../shared';

/** As golden/README.md says: without timestamps, temperature 0, the rest at openai-whisper's defaults. */
export const goldenOptions = { ...defaultTranscribeOptions, withoutTimestamps: true, temperature: 0 };

export async function readClips(files: readonly string[]): Promise<GoldenClip[]> {
  const lines = await readFile(join(shared, 'golden/decode.jsonl'), 'utf8');
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenClip)
    .filter(({ file }) => files.some((part) => file.includes(part)));
}

/** Samples of one channel at 16 kHz, through the filter that pipelines/transcribe.json names; channels are averaged. */
export async function readClip(
  file: string,
  folder: string | undefined,
): Promise<{ samples: Float32Array; original: boolean }> {
  const path = folder === undefined ? join(shared, file) : join(folder, basename(file));
  const { channels, sampleRate } = await decodeAudio(await readFile(path), path);
  const mono = channels[0]!.map((_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length);
  if (sampleRate === SAMPLE_RATE) return { samples: mono, original: true };
  return { samples: resample(mono, sampleRate, SAMPLE_RATE, 'swresample'), original: false };
}

/** Log-mel of the first 30 s, as openai-whisper's `decode()` takes it. */
export async function firstWindow(
  file: string,
  folder: string | undefined,
): Promise<MelSpectrogram & { original: boolean }> {
  const { samples, original } = await readClip(file, folder);
  return { ...melSpectrogram(padOrTrim(samples), 80), original };
}

/** `98.1 % (212 of 216)`. */
export function share(count: number, of: number): string {
  return `${of === 0 ? '-' : ((100 * count) / of).toFixed(1)} % (${count} of ${of})`;
}
