/** WAV files written by hand, byte by byte, so that the tests of the reader do not lean on our own writer. */

export interface WavSketch {
  readonly riff?: 'RIFF' | 'RIFX' | 'RF64' | 'BW64';
  /** Codec number; 0xFFFE writes an extensible header around `subFormat`. */
  readonly codec?: number;
  readonly subFormat?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits: number;
  /** Bytes of a sample, where they are more than the bits need. */
  readonly container?: number;
  readonly data: Uint8Array;
  /** What the data chunk claims, where that is not the truth. */
  readonly dataSize?: number;
  readonly riffSize?: number;
  /** Chunks between `fmt ` and `data`; `padded` false leaves out the pad byte of an odd one. */
  readonly before?: readonly { readonly id: string; readonly content: Uint8Array; readonly padded?: boolean }[];
}

export function wavBytes(sketch: WavSketch): Uint8Array {
  const { riff = 'RIFF', codec = 1, subFormat = 1, channels = 1, sampleRate = 16_000, bits, data } = sketch;
  const little = riff !== 'RIFX';
  const container = sketch.container ?? Math.ceil(bits / 8);
  const number = (value: number, size: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[little ? i : size - 1 - i] = Math.floor(value / 256 ** i) % 256;
    return bytes;
  };
  const chunk = (id: string, content: Uint8Array, size = content.length, padded = true): Uint8Array =>
    join(letters(id), number(size, 4), content, new Uint8Array(padded ? content.length % 2 : 0));
  const guid = Uint8Array.from([0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
  const format = join(
    number(codec, 2),
    number(channels, 2),
    number(sampleRate, 4),
    number(sampleRate * channels * container, 4),
    number(channels * container, 2),
    number(codec === 0xfffe ? 8 * container : bits, 2),
    codec === 0xfffe
      ? join(number(22, 2), number(bits, 2), number(0, 4), number(subFormat, 4), guid)
      : new Uint8Array(0),
  );
  const sizes = join(number(0, 8), number(data.length, 8), number(0, 8), number(0, 4));
  const body = join(
    letters('WAVE'),
    riff === 'RF64' || riff === 'BW64' ? chunk('ds64', sizes) : new Uint8Array(0),
    chunk('fmt ', format),
    ...(sketch.before ?? []).map(({ id, content, padded }) => chunk(id, content, content.length, padded)),
    chunk('data', data, sketch.dataSize ?? (riff === 'RF64' || riff === 'BW64' ? 0xffffffff : data.length)),
  );
  return join(letters(riff), number(sketch.riffSize ?? body.length, 4), body);
}

export function letters(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Whole numbers as samples of `size` bytes each. */
export function integers(values: readonly number[], size: number, little = true): Uint8Array {
  return join(
    ...values.map((value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      const kept = Uint8Array.from(bytes.subarray(0, size));
      return little ? kept : kept.reverse();
    }),
  );
}
