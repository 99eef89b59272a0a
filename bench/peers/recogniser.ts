/** What the bench asks of every program that recognises speech. */

export interface Clip {
  readonly id: string;
  /** One channel at 16 kHz, and the same as 32-bit floats in a file for programs outside. */
  readonly samples: Float32Array;
  readonly file: string;
  readonly seconds: number;
  /** The tag that every side is given. */
  readonly language: string;
  /** What was said; null where nobody knows. */
  readonly reference: string | null;
}

export interface Heard {
  /** As many as there were clips. */
  readonly texts: readonly string[];
  /** Wall-clock, from samples in memory to texts. */
  readonly seconds: number;
}

/** One program with one model. Several clips at once may be batched as the program does it best. */
export interface Recogniser {
  readonly name: string;
  /** @throws Error when the program fails. */
  transcribe(clips: readonly Clip[]): Promise<Heard>;
  /** Milliseconds of a decoder step of five rows, of what was decoded so far; null where the program does not say. */
  stepMilliseconds(): Promise<number | null>;
  close(): Promise<void>;
}

export async function timed(work: () => Promise<readonly string[]>): Promise<Heard> {
  const begin = performance.now();
  const texts = await work();
  return { texts, seconds: (performance.now() - begin) / 1000 };
}
