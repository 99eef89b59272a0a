/** Records from a line of a manifest to encoder states. */

/** What every record has. `id` is the utterance's: an operator that takes one record and gives one keeps it. */
export interface RecordBase {
  readonly kind: string;
  readonly id: string;
}

/** Where a piece stands among the pieces that `segment` cut its recording into. */
export interface Piece {
  /** Id of the recording that was cut. */
  readonly recording: string;
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** A line of a manifest: where the audio is and what is known about it. Nothing has been read yet. */
export interface Utterance extends RecordBase {
  readonly kind: 'utterance';
  /** Audio file, absolute or relative to the working folder. */
  readonly path: string;
  /** Seconds into the file where the utterance starts; 0 for a whole file. */
  readonly start: number;
  /** Seconds; null reads to the end of the file. */
  readonly duration: number | null;
  /** Reference text, where the manifest gives one. */
  readonly reference: string | null;
  /** Declared language (`zh`, `en`, `zh-en`), where the manifest gives one. */
  readonly language: string | null;
  readonly speaker: string | null;
}

/** What later records keep of their utterance, so that the last operator can still name file, place and reference. */
export interface Origin {
  readonly path: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  /** Seconds of audio. */
  readonly duration: number;
  readonly reference: string | null;
  readonly speaker: string | null;
  readonly piece: Piece | null;
  /** Audio lost directly before this record, where a live source could not wait for the graph. */
  readonly gap?: Gap;
}

/** A hole in a live recording. */
export interface Gap {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
  /** How many records were dropped. */
  readonly records: number;
}

/** Samples in [-1, 1], one channel. */
export interface Waveform extends RecordBase {
  readonly kind: 'waveform';
  readonly origin: Origin;
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** Log-mel features of a whole recording as Whisper defines them; its 30 s windows are cut later, at seek points. */
export interface LogMel extends RecordBase {
  readonly kind: 'log-mel';
  readonly origin: Origin;
  /** bands x frames, band after band; a frame every 10 ms, one for each whole hop of audio. */
  readonly values: Float32Array;
  /** bands x 4: the frames that follow, in which the audio fades out; the last of them is silence (`logMelWindow`). */
  readonly tail: Float32Array;
  /** 80, or 128 for large-v3. */
  readonly bands: number;
  readonly frames: number;
}

/** Encoder states of the first window of a recording, with the log-mel beside them for the windows that follow. */
export interface Encoding extends RecordBase {
  readonly kind: 'encoding';
  readonly origin: Origin;
  /** Name of the model that made the states, as the pipeline spells it. */
  readonly model: string;
  /** How much audio the window covers: 30 s, or the audio and `slack` seconds. */
  readonly window: Window;
  /** positions x width; a position every 20 ms. */
  readonly states: Float32Array;
  readonly positions: number;
  readonly width: number;
  readonly logMel: LogMel;
}

/** `full` is 30 s as the reference does; `fit` is the audio plus `slack` seconds, at most 30 s. */
export type Window = { readonly kind: 'full' } | { readonly kind: 'fit'; readonly slack: number };
