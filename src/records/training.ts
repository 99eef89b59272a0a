/** What training reads, and what it tells of every step. */
import type { TeacherForcedCounts } from '../score-counts.ts';
import type { Origin, RecordBase } from './audio.ts';

/** An utterance as training reads it: what is heard, and all that shall be written for it. */
export interface TrainingUtterance extends RecordBase {
  readonly kind: 'training-utterance';
  readonly origin: Origin;
  /** bands x frames, band after band: the audio and some silence behind it. */
  readonly logMel: Float32Array;
  readonly bands: number;
  /** Even. */
  readonly frames: number;
  /** Seconds of audio, without the silence. */
  readonly duration: number;
  /** Prompt, text and end of text. */
  readonly tokens: Int32Array;
  /** Tokens of the prompt, which no loss counts. */
  readonly promptLength: number;
  /** Class of each token: its place among the declared languages and `other`. Parallel to `tokens`. */
  readonly classes: Uint8Array;
}

/** Nats: means over the tokens that count, not weighted but for `total`; 0 for what takes no part. */
export interface TrainingLosses {
  /** What is descended. */
  readonly total: number;
  /** Cross-entropy of the tokens, with label smoothing. */
  readonly tokens: number;
  readonly language: number;
  /** Cross-entropy of the replaced score. */
  readonly replacement: number;
  readonly variational: number;
  /** KL of the model that training began from to the one that it made. */
  readonly base: number;
}

/** What a model in training made of one held-out utterance. */
export interface HeldOutText {
  readonly id: string;
  readonly reference: string;
  readonly text: string;
  readonly errors: number;
  readonly units: number;
}

/** How a model in training does on utterances that it does not learn from. */
export interface HeldOutCheck {
  readonly losses: TrainingLosses;
  /** Errors and units of the texts together: their quotient is the mixed error rate. Both 0 where nothing was decoded. */
  readonly errors: number;
  readonly units: number;
  readonly texts: readonly HeldOutText[];
  /** Of the references' tokens, teacher-forced, and of their languages by a and by q. */
  readonly forced: TeacherForcedCounts;
  /** Whether no check before it did better. */
  readonly isBest: boolean;
}

/** One step of a training run. Its id tells the step. */
export interface TrainingStep extends RecordBase {
  readonly kind: 'training-step';
  /** From 1; 0 is the model before training, which is only checked. */
  readonly step: number;
  readonly losses: TrainingLosses;
  /** Norm of the gradient before it was clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens that counted. */
  readonly tokens: number;
  /** Seconds that the step took. */
  readonly seconds: number;
  /** Ids of the utterances. */
  readonly utterances: readonly string[];
  /** Null at most steps. */
  readonly check: HeldOutCheck | null;
}
