/** What a recording loses between a speaker and a model: another speed, noise, a room. Arrays in, new arrays out. */
import { normalNumber, type RandomNumbers } from '../random-numbers.ts';
import { convolve } from './convolve.ts';
import { resample } from './resampler.ts';

/**
 * As if spoken so many times as fast, pitch and all (speed perturbation of Ko et al. 2015): the samples are taken for ones
 * at another rate. n samples become round(n / speed).
 */
export function changeSpeed(samples: Float32Array, sampleRate: number, speed: number): Float32Array {
  return speed === 1 ? samples : resample(samples, Math.round(sampleRate * speed), sampleRate);
}

/** Seconds of the frames by which it is told where there is speech. */
const FRAME = 0.02;
/** Frames so far below the loudest are no speech, as a ratio of powers (30 dB). */
const QUIET = 1e-3;

/** Mean power of the frames that are not quiet; 0 for silence. */
export function activePower(samples: Float32Array, sampleRate: number): number {
  const width = Math.max(1, Math.round(FRAME * sampleRate));
  const powers: number[] = [];
  for (let start = 0; start + width <= samples.length; start += width) {
    powers.push(powerOf(samples.subarray(start, start + width)));
  }
  if (powers.length === 0) return powerOf(samples);
  const least = QUIET * Math.max(...powers);
  const active = powers.filter((power) => power >= least);
  return active.reduce((sum, power) => sum + power, 0) / active.length;
}

/**
 * @param noise As long as the samples or longer, or repeated until it is; begun at a place that is drawn.
 * @param decibels Of the speech over the noise: active power of the one, mean power of the other.
 */
export function addNoise(
  samples: Float32Array,
  sampleRate: number,
  noise: Float32Array,
  decibels: number,
  random: RandomNumbers,
): Float32Array {
  const start = Math.floor(random() * noise.length);
  const taken = Float32Array.from({ length: samples.length }, (_, n) => noise[(start + n) % noise.length]!);
  const power = powerOf(taken);
  if (power === 0) return samples;
  const factor = Math.sqrt(activePower(samples, sampleRate) / (power * 10 ** (decibels / 10)));
  return samples.map((sample, n) => sample + factor * taken[n]!);
}

/** White noise, or pink: its power falls by 3 dB an octave (filter of P. Kellet, 0.05 dB above 9 Hz at 44.1 kHz). */
export function syntheticNoise(length: number, colour: 'white' | 'pink', random: RandomNumbers): Float32Array {
  const state = new Float64Array(7);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  return Float32Array.from({ length }, () => {
    const white = normalNumber(random);
    if (colour === 'white') return white;
    let sum = 0.5362 * white + state[6]!;
    for (let i = 0; i < poles.length; i++) {
      state[i] = poles[i]! * state[i]! + gains[i]! * white;
      sum += state[i]!;
    }
    state[6] = 0.115926 * white;
    return sum;
  });
}

/**
 * The response of a made-up room: the direct sound, and a noise that fades by 60 dB in `decay` seconds.
 * @param decibels Power of the direct sound over all that comes after it.
 */
export function syntheticRoom(
  sampleRate: number,
  decay: number,
  decibels: number,
  random: RandomNumbers,
): Float32Array {
  const length = Math.max(2, Math.round(decay * sampleRate));
  const response = Float32Array.from({ length }, (_, n) => normalNumber(random) * 10 ** ((-3 * n) / length));
  response[0] = 0;
  const tail = response.reduce((sum, value) => sum + value * value, 0);
  const factor = Math.sqrt(10 ** (-decibels / 10) / tail);
  for (let n = 1; n < length; n++) response[n]! *= factor;
  response[0] = 1;
  return response;
}

/** As heard in the room: as long and as strong as before, the direct sound where it was. */
export function putIntoRoom(samples: Float32Array, response: Float32Array): Float32Array {
  const direct = response.reduce((at, value, n) => (Math.abs(value) > Math.abs(response[at]!) ? n : at), 0);
  const heard = convolve(samples, response).subarray(direct, direct + samples.length);
  const [before, after] = [powerOf(samples), powerOf(heard)];
  const factor = after === 0 ? 1 : Math.sqrt(before / after);
  return Float32Array.from({ length: samples.length }, (_, n) => factor * (heard[n] ?? 0));
}

function powerOf(samples: Float32Array): number {
  return samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}
