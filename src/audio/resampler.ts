/**
 * Band-limited resampling by any ratio: a Kaiser-windowed sinc, evaluated at the phases that the ratio needs (polyphase),
 * or between tabulated phases where it needs too many. Output sample j stands at input time j * from / to (no delay),
 * and n input samples give round(n * to / from).
 *
 * J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/; J. F. Kaiser, "Nonrecursive digital
 * filter design using the I0-sinh window function", ISCAS 1974.
 */

export type ResamplerQuality = 'standard' | 'best' | 'swresample';

/** A low-pass filter. Ratio is output rate / input rate; times are input samples. */
interface Design {
  /** Shape of the Kaiser window. */
  readonly beta: number;
  /** Zero crossings of the sinc per input sample: where the filter has fallen by 6 dB, as a share of the input's band. */
  readonly bandwidth: (ratio: number) => number;
  /** Input samples that the window covers on each side. */
  readonly reach: (bandwidth: number) => number;
  /** What the filter finds where the signal has ended: silence, or the signal backwards. */
  readonly beyond: 'silence' | 'mirror';
}

/**
 * `standard` is flat up to 87 % of the lower of the two Nyquist frequencies and shut from 105 % on, `best` up to 90 % and
 * from 102 %, so that what folds back lands above the flat part. `swresample` is the filter that FFmpeg's library has by
 * default (libswresample/resample.c: filter_size 32, cutoff 0.97, Kaiser 9), through which openai-whisper and most tools
 * around it hear: half as long, shut from 110 % on. It mirrors the signal at its ends, the first around sample 0 and the
 * last behind the last sample (invert_initial_buffer and resample_flush), which a short recording hears: half a second at
 * 8 kHz moved a language probability by 0.02.
 */
const DESIGNS: Record<ResamplerQuality, Design> = {
  standard: {
    beta: 10,
    bandwidth: (ratio) => 0.955 * Math.min(1, ratio),
    reach: (bandwidth) => 32 / bandwidth,
    beyond: 'silence',
  },
  best: {
    beta: 12,
    bandwidth: (ratio) => 0.96 * Math.min(1, ratio),
    reach: (bandwidth) => 64 / bandwidth,
    beyond: 'silence',
  },
  swresample: {
    beta: 9,
    bandwidth: (ratio) => Math.min(1, 0.97 * ratio),
    reach: (bandwidth) => Math.ceil(16 / bandwidth),
    beyond: 'mirror',
  },
};

/** Ratios with more phases than this (44101 Hz to 16 kHz has 16000) are interpolated between tabulated ones. */
const MOST_PHASES = 1024;

/** Error of linear interpolation between so many phases: about -120 dB. */
const TABULATED_PHASES = 1024;

/** Input samples worked on at once, few enough to stay in the processor's cache. */
const BLOCK = 16_384;

/** Filters kept for the next recording with the same rates. */
const MOST_FILTERS = 8;

interface Filter {
  /** Input samples between outputs is `step / phases`, both whole, unless `interpolated`. */
  readonly step: number;
  readonly phases: number;
  /** Rows of the table; `phases`, or one more than TABULATED_PHASES. */
  readonly interpolated: boolean;
  /** Input samples that reach an output from each side. */
  readonly half: number;
  /** rows x (2 half): weights of the input samples around an output that stands row / rows behind an input sample. */
  readonly taps: Float64Array;
}

export interface Resampler {
  /** Output that is certain by now. The array that was given is not kept. */
  readonly push: (samples: Float32Array) => Float32Array;
  /** The rest; afterwards the resampler is as new. */
  readonly flush: () => Float32Array;
}

/**
 * Resampling of a stream in chunks of any sizes; the output is the same, bit for bit, however it is cut.
 *
 * @param from Rate of the input, Hz, a positive whole number.
 * @param to Rate of the output, Hz, a positive whole number.
 */
export function createResampler(from: number, to: number, quality: ResamplerQuality = 'standard'): Resampler {
  const filter = filterFor(from, to, quality);
  const { half, step, phases } = filter;
  const mirrors = DESIGNS[quality].beyond === 'mirror';
  /** The beginning of the signal, until there is enough of it to be mirrored; null from then on. */
  let beginning: Float32Array | null = null;
  let held = new Float64Array(0);
  /** Place of `held[0]` and end of the input so far, in input samples from the beginning. */
  let heldFrom = 0;
  let received = 0;
  let sent = 0;
  reset();

  function reset(): void {
    beginning = mirrors ? new Float32Array(0) : null;
    held = new Float64Array(half);
    heldFrom = -half;
    received = 0;
    sent = 0;
  }

  /** Outputs up to `end` that reach no input behind what is held and `samples`. */
  function produce(samples: Float32Array, end: number): Float32Array {
    const joined = new Float64Array(held.length + samples.length);
    joined.set(held);
    joined.set(samples, held.length);
    const certain = Math.max(sent, Math.min(end, firstFrom(heldFrom + joined.length - half)));
    const output = new Float32Array(certain - sent);
    convolve(filter, joined, heldFrom, sent, output);
    sent = certain;
    const needed = Math.floor((sent * step) / phases) - half + 1;
    held = joined.slice(Math.max(0, needed - heldFrom));
    heldFrom = Math.max(heldFrom, needed);
    return output;
  }
  /** First output that stands at or behind an input time. */
  function firstFrom(time: number): number {
    return Math.max(0, Math.ceil((time * phases) / step));
  }
  /** Puts the beginning backwards in front of itself, around its first sample; what it is too short for is silence. */
  function begin(samples: Float32Array): void {
    held.set(samples.subarray(1, half + 1).toReversed(), Math.max(0, half - samples.length + 1));
    beginning = null;
  }

  return {
    push(samples) {
      received += samples.length;
      if (beginning === null) return produce(samples, Infinity);
      const soFar = concatenate(beginning, samples);
      if (soFar.length <= half) {
        beginning = soFar;
        return new Float32Array(0);
      }
      begin(soFar);
      return produce(soFar, Infinity);
    },
    flush() {
      const rest = beginning ?? new Float32Array(0);
      if (beginning !== null) begin(rest);
      const end = Math.round((received * to) / from);
      const beyond = new Float32Array(half + 1);
      if (mirrors) beyond.set(lastOf(held, rest, Math.min(half, received)).reverse());
      const output = produce(concatenate(rest, beyond), end);
      reset();
      return output;
    },
  };
}

/** A whole signal at once; the same numbers as `createResampler` gives. */
export function resample(
  samples: Float32Array,
  from: number,
  to: number,
  quality: ResamplerQuality = 'standard',
): Float32Array {
  const { push, flush } = createResampler(from, to, quality);
  const whole = new Float32Array(Math.round((samples.length * to) / from));
  let at = 0;
  for (let start = 0; start < samples.length; start += BLOCK) {
    const part = push(samples.subarray(start, start + BLOCK));
    whole.set(part, at);
    at += part.length;
  }
  whole.set(flush(), at);
  return whole;
}

function concatenate(a: Float32Array, b: Float32Array): Float32Array {
  const joined = new Float32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** The last `count` samples of two pieces that follow one another. */
function lastOf(before: Float64Array, last: Float32Array, count: number): Float32Array {
  const fromBefore = Math.max(0, count - last.length);
  return concatenate(
    Float32Array.from(before.slice(before.length - fromBefore)),
    last.slice(last.length - (count - fromBefore)),
  );
}

/** Fills `output` with output samples `first`, `first + 1`, ... from input that begins at place `inputFrom`. */
function convolve(filter: Filter, input: Float64Array, inputFrom: number, first: number, output: Float32Array): void {
  const { step, phases, interpolated, half, taps } = filter;
  const width = 2 * half;
  for (let i = 0; i < output.length; i++) {
    const time = (first + i) * step;
    const before = Math.floor(time / phases);
    const phase = time - before * phases;
    const start = before - half + 1 - inputFrom;
    if (interpolated) {
      const place = (phase / phases) * TABULATED_PHASES;
      const row = Math.floor(place);
      const low = dot(taps, row * width, input, start, width);
      const high = dot(taps, (row + 1) * width, input, start, width);
      output[i] = low + (place - row) * (high - low);
    } else {
      output[i] = dot(taps, phase * width, input, start, width);
    }
  }
}

/** Four sums at a time, since each addition would else wait for the one before. `width` is a multiple of 4. */
function dot(taps: Float64Array, tap: number, input: Float64Array, start: number, width: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = 0; k < width; k += 4) {
    a += taps[tap + k]! * input[start + k]!;
    b += taps[tap + k + 1]! * input[start + k + 1]!;
    c += taps[tap + k + 2]! * input[start + k + 2]!;
    d += taps[tap + k + 3]! * input[start + k + 3]!;
  }
  return a + b + (c + d);
}

const filters = new Map<string, Filter>();

function filterFor(from: number, to: number, quality: ResamplerQuality): Filter {
  const key = `${from} ${to} ${quality}`;
  const filter = filters.get(key) ?? designFilter(from, to, quality);
  filters.delete(key);
  filters.set(key, filter);
  for (const oldest of filters.keys()) {
    if (filters.size <= MOST_FILTERS) break;
    filters.delete(oldest);
  }
  return filter;
}

function designFilter(from: number, to: number, quality: ResamplerQuality): Filter {
  const divisor = greatestCommonDivisor(from, to);
  const phases = to / divisor;
  const interpolated = phases > MOST_PHASES;
  const rows = interpolated ? TABULATED_PHASES : phases;
  const design = DESIGNS[quality];
  const bandwidth = design.bandwidth(to / from);
  const reach = design.reach(bandwidth);
  const half = 2 * Math.ceil(reach / 2);
  const width = 2 * half;
  const taps = new Float64Array((interpolated ? rows + 1 : rows) * width);
  const windowAtZero = besselI0(design.beta);
  for (let row = 0; row * width < taps.length; row++) {
    const weights = Array.from({ length: width }, (_, k) => {
      const time = row / rows + half - 1 - k;
      const place = time / reach;
      if (Math.abs(place) >= 1) return 0;
      const angle = Math.PI * bandwidth * time;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      return (sinc * besselI0(design.beta * Math.sqrt(1 - place * place))) / windowAtZero;
    });
    // Every phase sums to 1, so that a constant stays what it is.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    taps.set(
      weights.map((weight) => weight / sum),
      row * width,
    );
  }
  return { step: from / divisor, phases, interpolated, half, taps };
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
