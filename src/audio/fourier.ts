/**
 * Power spectra of real frames, two at a time, for frame lengths 4^a 5^b (400 = 25 ms at 16 kHz).
 *
 * The two frames are the real and the imaginary part of one complex signal, so that one transform serves both. The
 * transform is Stockham's, decimated in frequency: each pass reads one buffer and writes the other, in an order that
 * leaves the last result sorted (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, section 1.7).
 * It computes in double precision, because Whisper's log-mel looks down to 1e-8 of the largest power.
 */

export interface PowerSpectra {
  /** The frames to transform, windowed: write them here before `run`. They are kept. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Writes |X|^2 of bins 0 to size / 2 of either frame. */
  run(firstPower: Float64Array, secondPower: Float64Array): void;
}

interface Signal {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One pass over `stride` interleaved signals of which `radix * steps` points are still to be transformed. */
interface Pass {
  readonly radix: 4 | 5;
  readonly steps: number;
  readonly stride: number;
  /** exp(-2 pi i p t / (radix * steps)) at [p * radix + t]. */
  readonly twiddles: Signal;
}

/**
 * Makes the transform of frames of `size` samples. It allocates nothing when it runs.
 *
 * @throws RangeError when `size` has another prime factor than 2 and 5, or an odd power of 2.
 */
export function powerSpectra(size: number): PowerSpectra {
  const passes = planPasses(size);
  const input = signal(size);
  const work = [signal(size), signal(size)] as const;
  const run = (firstPower: Float64Array, secondPower: Float64Array): void => {
    let from: Signal = input;
    for (let i = 0; i < passes.length; i++) {
      const to = work[(i & 1) as 0 | 1];
      const pass = passes[i]!;
      if (pass.radix === 4) passByFour(pass, from, to);
      else passByFive(pass, from, to);
      from = to;
    }
    const { re, im } = from;
    for (let k = 0, mirror = 0; k <= size >> 1; k++, mirror = size - k) {
      // A real frame has X[-k] = conj X[k]: the even half of the spectrum is the first frame's, the odd half the second's.
      const evenRe = re[k]! + re[mirror]!;
      const evenIm = im[k]! - im[mirror]!;
      const oddRe = im[k]! + im[mirror]!;
      const oddIm = re[mirror]! - re[k]!;
      firstPower[k] = 0.25 * (evenRe * evenRe + evenIm * evenIm);
      secondPower[k] = 0.25 * (oddRe * oddRe + oddIm * oddIm);
    }
  };
  return { first: input.re, second: input.im, run };
}

function signal(size: number): Signal {
  return { re: new Float64Array(size), im: new Float64Array(size) };
}

function planPasses(size: number): Pass[] {
  const passes: Pass[] = [];
  let stride = 1;
  while (stride < size) {
    const length = size / stride;
    const radix = length % 5 === 0 ? 5 : 4;
    if (!Number.isInteger(length / radix)) throw new RangeError(`a transform of ${size} points: not 4^a 5^b`);
    const twiddles = signal(length);
    for (let p = 0; p < length / radix; p++) {
      for (let t = 0; t < radix; t++) {
        twiddles.re[p * radix + t] = Math.cos((2 * Math.PI * p * t) / length);
        twiddles.im[p * radix + t] = -Math.sin((2 * Math.PI * p * t) / length);
      }
    }
    passes.push({ radix, steps: length / radix, stride, twiddles });
    stride *= radix;
  }
  return passes;
}

function passByFour({ steps, stride, twiddles }: Pass, from: Signal, to: Signal): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const leap = stride * steps;
  for (let p = 0; p < steps; p++) {
    const w = 4 * p;
    const [w1r, w1i, w2r, w2i, w3r, w3i] = [wr[w + 1]!, wi[w + 1]!, wr[w + 2]!, wi[w + 2]!, wr[w + 3]!, wi[w + 3]!];
    for (let q = 0, i = stride * p, o = 4 * stride * p; q < stride; q++, i++, o++) {
      const ar = xr[i]!,
        ai = xi[i]!;
      const br = xr[i + leap]!,
        bi = xi[i + leap]!;
      const cr = xr[i + 2 * leap]!,
        ci = xi[i + 2 * leap]!;
      const dr = xr[i + 3 * leap]!,
        di = xi[i + 3 * leap]!;
      const sumR = ar + cr,
        sumI = ai + ci,
        lessR = ar - cr,
        lessI = ai - ci;
      const sideR = br + dr,
        sideI = bi + di,
        turnR = bi - di,
        turnI = dr - br;
      yr[o] = sumR + sideR;
      yi[o] = sumI + sideI;
      const r1 = lessR + turnR,
        i1 = lessI + turnI;
      yr[o + stride] = w1r * r1 - w1i * i1;
      yi[o + stride] = w1r * i1 + w1i * r1;
      const r2 = sumR - sideR,
        i2 = sumI - sideI;
      yr[o + 2 * stride] = w2r * r2 - w2i * i2;
      yi[o + 2 * stride] = w2r * i2 + w2i * r2;
      const r3 = lessR - turnR,
        i3 = lessI - turnI;
      yr[o + 3 * stride] = w3r * r3 - w3i * i3;
      yi[o + 3 * stride] = w3r * i3 + w3i * r3;
    }
  }
}

const COS_72 = Math.cos(0.4 * Math.PI);
const SIN_72 = Math.sin(0.4 * Math.PI);
const COS_144 = Math.cos(0.8 * Math.PI);
const SIN_144 = Math.sin(0.8 * Math.PI);

function passByFive({ steps, stride, twiddles }: Pass, from: Signal, to: Signal): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const leap = stride * steps;
  for (let p = 0; p < steps; p++) {
    const w = 5 * p;
    const w1r = wr[w + 1]!,
      w1i = wi[w + 1]!,
      w2r = wr[w + 2]!,
      w2i = wi[w + 2]!;
    const w3r = wr[w + 3]!,
      w3i = wi[w + 3]!,
      w4r = wr[w + 4]!,
      w4i = wi[w + 4]!;
    for (let q = 0, i = stride * p, o = 5 * stride * p; q < stride; q++, i++, o++) {
      const ar = xr[i]!,
        ai = xi[i]!;
      const br = xr[i + leap]!,
        bi = xi[i + leap]!;
      const cr = xr[i + 2 * leap]!,
        ci = xi[i + 2 * leap]!;
      const dr = xr[i + 3 * leap]!,
        di = xi[i + 3 * leap]!;
      const er = xr[i + 4 * leap]!,
        ei = xi[i + 4 * leap]!;
      const sumR = br + er,
        sumI = bi + ei,
        lessR = br - er,
        lessI = bi - ei;
      const midR = cr + dr,
        midI = ci + di,
        gapR = cr - dr,
        gapI = ci - di;
      yr[o] = ar + sumR + midR;
      yi[o] = ai + sumI + midI;
      const nearR = ar + COS_72 * sumR + COS_144 * midR,
        nearI = ai + COS_72 * sumI + COS_144 * midI;
      const farR = ar + COS_144 * sumR + COS_72 * midR,
        farI = ai + COS_144 * sumI + COS_72 * midI;
      const nearTurnR = SIN_72 * lessI + SIN_144 * gapI,
        nearTurnI = SIN_72 * lessR + SIN_144 * gapR;
      const farTurnR = SIN_144 * lessI - SIN_72 * gapI,
        farTurnI = SIN_144 * lessR - SIN_72 * gapR;
      const r1 = nearR + nearTurnR,
        i1 = nearI - nearTurnI;
      yr[o + stride] = w1r * r1 - w1i * i1;
      yi[o + stride] = w1r * i1 + w1i * r1;
      const r2 = farR + farTurnR,
        i2 = farI - farTurnI;
      yr[o + 2 * stride] = w2r * r2 - w2i * i2;
      yi[o + 2 * stride] = w2r * i2 + w2i * r2;
      const r3 = farR - farTurnR,
        i3 = farI + farTurnI;
      yr[o + 3 * stride] = w3r * r3 - w3i * i3;
      yi[o + 3 * stride] = w3r * i3 + w3i * r3;
      const r4 = nearR - nearTurnR,
        i4 = nearI + nearTurnI;
      yr[o + 4 * stride] = w4r * r4 - w4i * i4;
      yi[o + 4 * stride] = w4r * i4 + w4i * r4;
    }
  }
}
