/**
 * What a live session keeps of the past: the log-mel from the beginning of the window on, the final words that stand in
 * it, and as much of the text before it as the decoder is told. It begins anew behind a long silence, and its beginning
 * moves to the end of a final word when it grows too long.
 */
import { createLogMelStream, type LogMelStream } from '../audio/log-mel-stream.ts';
import { HOP, SAMPLE_RATE, type MelSpectrogram } from '../audio/mel-spectrogram.ts';

export interface ContextOptions {
  /** Seconds that the window may hold before its beginning moves. */
  readonly longestSeconds: number;
  /** Seconds that stay in the window when its beginning moves. */
  readonly keptSeconds: number;
  /** Seconds of silence behind which the window begins anew. */
  readonly silenceSeconds: number;
  /** Tokens of the text before the window that the decoder is told. */
  readonly promptTokens: number;
}

/** A final word, as much of it as is decoded behind. */
export interface SaidWord {
  readonly tokens: readonly number[];
  /** Seconds from the beginning of the recording. */
  readonly end: number;
}

const FRAMES_PER_SECOND = SAMPLE_RATE / HOP;

export class RollingContext {
  /** Seconds from the beginning of the recording where the window begins. */
  start = 0;
  /** Seconds from the beginning of the recording where the last final word ends. */
  saidUntil = 0;
  private readonly bands: number;
  private readonly options: ContextOptions;
  private stream: LogMelStream;
  /** Seconds from the beginning of the recording where the stream began, and the samples that it got. */
  private origin: number | null = null;
  private received = 0;
  private words: SaidWord[] = [];
  private before: number[] = [];

  constructor(bands: number, options: ContextOptions) {
    this.bands = bands;
    this.options = options;
    this.stream = createLogMelStream(bands);
  }

  /** Seconds from the beginning of the recording that have been heard. */
  get until(): number {
    return (this.origin ?? 0) + this.received / SAMPLE_RATE;
  }

  /** Tokens of the final words in the window. */
  get said(): readonly number[] {
    return this.words.flatMap(({ tokens }) => tokens);
  }

  /** Tokens of the text before the window. */
  get previous(): readonly number[] {
    return this.before;
  }

  /** Whether samples from `start` on would begin a new window. */
  beginsAnew(start: number): boolean {
    return this.origin === null || start - this.until > this.options.silenceSeconds;
  }

  /**
   * @param samples At 16 kHz.
   * @param start Seconds from the beginning of the recording where they begin.
   */
  push(samples: Float32Array, start: number): void {
    const missing = start - this.until;
    if (this.beginsAnew(start)) this.forgetSound(start);
    else if (missing > 1 / SAMPLE_RATE) this.add(new Float32Array(Math.round(missing * SAMPLE_RATE)));
    this.add(samples);
  }

  /**
   * The window as far as `until`, in seconds from the beginning of the recording.
   * @param most Seconds that it has at most.
   */
  cut(until: number, most: number): MelSpectrogram {
    const from = this.frameOf(this.start);
    return this.stream.cut(
      from,
      Math.min(this.frameOf(until), this.stream.frames, from + Math.round(most * FRAMES_PER_SECOND)),
    );
  }

  /** Adds words that have become final, and moves the beginning of the window where it has grown too long. */
  say(words: readonly SaidWord[]): void {
    this.words.push(...words);
    this.saidUntil = words.at(-1)?.end ?? this.saidUntil;
    if (this.until - this.start <= this.options.longestSeconds) return;
    const last = this.words.findLastIndex(({ end }) => end <= this.until - this.options.keptSeconds);
    if (last < 0) return;
    this.start = Math.max(this.start, this.words[last]!.end);
    this.tell(this.words.splice(0, last + 1));
    this.stream.forget(this.frameOf(this.start));
  }

  /** Moves the beginning of a window in which nothing was final. @param start Seconds from the beginning of the recording. */
  moveTo(start: number): void {
    this.start = Math.max(this.start, start);
    this.tell(this.words.splice(0));
    this.stream.forget(this.frameOf(this.start));
  }

  /** What was said is told to the decoder no more: it led to a loop. */
  forgetText(): void {
    this.before = [];
  }

  private forgetSound(start: number): void {
    this.tell(this.words.splice(0));
    this.stream = createLogMelStream(this.bands);
    this.origin = start;
    this.start = start;
    this.saidUntil = start;
    this.received = 0;
  }

  private add(samples: Float32Array): void {
    this.stream.push(samples);
    this.received += samples.length;
  }

  private tell(words: readonly SaidWord[]): void {
    const { promptTokens } = this.options;
    this.before =
      promptTokens === 0 ? [] : [...this.before, ...words.flatMap(({ tokens }) => tokens)].slice(-promptTokens);
  }

  private frameOf(seconds: number): number {
    return Math.round((seconds - this.origin!) * FRAMES_PER_SECOND);
  }
}
