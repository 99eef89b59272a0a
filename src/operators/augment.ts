/**
 * Speech as it might also have been recorded: another speed, a room, noise, in this order, each for a share of the
 * utterances. What is drawn depends on the seed and the id alone, so epochs (whose ids differ) draw anew, and a run in
 * another order, or from its midst, draws the same.
 *
 * Noises and responses of rooms come from recordings, or are made up where none are named.
 */
import { z } from 'zod';
import { DEFAULT_DECODE_OPTIONS } from '../audio/decode.ts';
import { addNoise, changeSpeed, putIntoRoom, syntheticNoise, syntheticRoom } from '../audio/degrade.ts';
import { recordingReader } from '../audio/recordings.ts';
import { resample } from '../audio/resampler.ts';
import { RecordError, UsageError } from '../errors.ts';
import { findManifests, readManifestEntries } from '../manifests/find-manifests.ts';
import { type RandomNumbers, randomNumbersFor } from '../random-numbers.ts';
import { defineOperator } from './define-operator.ts';

const share = z.number().min(0).max(1);
const range = (low: number, high: number) =>
  z
    .tuple([z.number(), z.number()])
    .refine(([from, to]) => from <= to, 'must rise')
    .default([low, high]);
const recordings = z.array(z.string().min(1)).default([]);

/** Memory for recordings of noise and of rooms. */
const CACHE_BYTES = 256 << 20;

export const augment = defineOperator(
  {
    name: 'augment',
    summary: 'Changes speed and adds rooms and noise to waveforms, by chance.',
    shape: 'each',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      speeds: z
        .array(z.number().min(0.5).max(2))
        .min(1)
        .default([0.9, 1, 1.1])
        .describe('Speeds, one of which is drawn for each utterance; [1] changes none.'),
      noise: share.default(0.3).describe('Share of the utterances that get noise.'),
      noises: recordings.describe('Recordings of noise, as read-manifest takes them; none takes white and pink noise.'),
      decibels: range(5, 25).describe('Speech over noise, in dB: the range that is drawn from.'),
      room: share.default(0.2).describe('Share of the utterances that are put into a room.'),
      rooms: recordings.describe('Recordings of impulse responses; none takes fading noise.'),
      decay: range(0.1, 0.4).describe('Seconds in which a made-up room fades by 60 dB: the range that is drawn from.'),
      direct: range(0, 10).describe(
        'Direct over reverberant sound of a made-up room, in dB: the range that is drawn from.',
      ),
      seed: z.int().default(1).describe('Decides, with the id, over all that is drawn.'),
    }),
    checkpoint: 'stateless',
  },
  async ({ speeds, noise, decibels, room, decay, direct, seed, ...options }, { signal }) => {
    const drawNoise = await bank('noises', options.noises, signal);
    const drawRoom = await bank('rooms', options.rooms, signal);
    return async (waveform) => {
      const { id, origin, sampleRate } = waveform;
      const random = randomNumbersFor(seed, `augment ${id}`);
      const speed = speeds[Math.floor(random() * speeds.length)]!;
      let samples = changeSpeed(waveform.samples, sampleRate, speed);
      if (random() < room) {
        const drawn = await drawRoom?.(sampleRate, random);
        const made = () => syntheticRoom(sampleRate, between(decay, random), between(direct, random), random);
        samples = putIntoRoom(samples, drawn ?? made());
      }
      if (random() < noise) {
        const level = between(decibels, random);
        const colour = random() < 0.5 ? 'white' : 'pink';
        const taken = (await drawNoise?.(sampleRate, random)) ?? syntheticNoise(samples.length, colour, random);
        samples = addNoise(samples, sampleRate, taken, level, random);
      }
      if (samples === waveform.samples) return waveform;
      return { ...waveform, samples, origin: { ...origin, duration: samples.length / sampleRate } };
    };
  },
);

function between([low, high]: readonly [number, number], random: RandomNumbers): number {
  return low + random() * (high - low);
}

/**
 * Recordings to draw from; null where none are named.
 * @throws UsageError `manifest-line` when one of them cannot be found: augmentation must not fail record by record.
 */
async function bank(option: string, paths: readonly string[], signal: AbortSignal) {
  if (paths.length === 0) return null;
  const files: string[] = [];
  for (const path of paths) {
    for (const manifest of await findManifests(path, null)) {
      for await (const entry of readManifestEntries(manifest, { root: null, within: null, columns: {} })) {
        if (entry instanceof RecordError) throw new UsageError('manifest-line', `augment, ${option}: ${entry.message}`);
        files.push(entry.path);
      }
    }
  }
  const decoding = { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: CACHE_BYTES, signal } as const;
  const read = recordingReader(decoding);
  return async (sampleRate: number, random: RandomNumbers): Promise<Float32Array> => {
    const recording = await read(files[Math.floor(random() * files.length)]!, true);
    if (recording.sampleRate === sampleRate) return recording.samples;
    return resample(recording.samples, recording.sampleRate, sampleRate);
  };
}
