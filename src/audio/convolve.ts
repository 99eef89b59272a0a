/** Convolution of long signals by Fourier transforms (overlap-add). */

interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The full convolution: a.length + b.length - 1 samples; none where either is empty. */
export function convolve(a: Float32Array, b: Float32Array): Float32Array {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  if (short.length === 0) return new Float32Array(0);
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * short.length)));
  const step = size - short.length + 1;
  const result = new Float64Array(long.length + short.length - 1);
  const roots = rootsOfUnity(size);
  const response = transformed(short, size, roots);
  for (let start = 0; start < long.length; start += step) {
    const block = transformed(long.subarray(start, start + step), size, roots);
    for (let k = 0; k < size; k++) {
      const [re, im] = [block.re[k]!, block.im[k]!];
      block.re[k] = re * response.re[k]! - im * response.im[k]!;
      // Conjugated, so that the forward transform turns it back.
      block.im[k] = -(re * response.im[k]! + im * response.re[k]!);
    }
    transform(block, roots);
    const end = Math.min(size, result.length - start);
    for (let n = 0; n < end; n++) result[start + n]! += block.re[n]! / size;
  }
  return Float32Array.from(result);
}

/** exp(-2 pi i k / size) for k below size / 2. */
function rootsOfUnity(size: number): Spectrum {
  const angle = (k: number): number => (-2 * Math.PI * k) / size;
  return {
    re: Float64Array.from({ length: size / 2 }, (_, k) => Math.cos(angle(k))),
    im: Float64Array.from({ length: size / 2 }, (_, k) => Math.sin(angle(k))),
  };
}

function transformed(samples: Float32Array, size: number, roots: Spectrum): Spectrum {
  const spectrum = { re: new Float64Array(size), im: new Float64Array(size) };
  spectrum.re.set(samples);
  transform(spectrum, roots);
  return spectrum;
}

/** In place; the size is a power of two (Cooley and Tukey 1965, decimation in time). */
function transform({ re, im }: Spectrum, { re: cos, im: sin }: Spectrum): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let width = 2; width <= size; width *= 2) {
    const half = width / 2;
    const stride = size / width;
    for (let start = 0; start < size; start += width) {
      for (let k = 0, even = start, odd = start + half; k < half; k++, even++, odd++) {
        const [c, s] = [cos[k * stride]!, sin[k * stride]!];
        const r = re[odd]! * c - im[odd]! * s;
        const i = re[odd]! * s + im[odd]! * c;
        re[odd] = re[even]! - r;
        im[odd] = im[even]! - i;
        re[even]! += r;
        im[even]! += i;
      }
    }
  }
}
