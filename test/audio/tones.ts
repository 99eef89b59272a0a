/** Tones, and how well a signal is one. */

/** A sine of amplitude 0.5. */
export function sine(frequency: number, sampleRate: number, length: number): Float32Array {
  return Float32Array.from(
    { length: Math.floor(length) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / sampleRate),
  );
}

/**
 * Signal to noise and distortion in dB against the signal that is expected, phase and gain included.
 *
 * @param margin Samples left out at both ends, where the filter sees the silence around the signal.
 */
export function sinad(actual: Float32Array, expected: Float32Array, margin: number): number {
  let signal = 0;
  let noise = 0;
  for (let i = margin; i < expected.length - margin; i++) {
    signal += (expected[i] ?? 0) ** 2;
    noise += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
