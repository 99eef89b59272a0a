/** What streaming decoders give, piece by piece: one array for each channel. */
export type SampleBlock = readonly Float32Array[];

/** The pieces as one array a channel; a piece that lacks a channel counts as empty. */
export function concatenateBlocks(blocks: readonly SampleBlock[], channels: number): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const parts = blocks.map((block) => block[channel] ?? new Float32Array(0));
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  });
}
