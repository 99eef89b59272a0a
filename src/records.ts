/**
 * What travels along the edges of a graph. A record is a plain object: a kind, a stable id, typed arrays with their
 * units, never a tensor. Nothing mutates a record after it was sent.
 *
 * Times are seconds; `start` counts from the beginning of the recording, so that a piece cut out by voice activity
 * still knows where it stood. Matrices are row-major and say their sizes beside them.
 */
import type { Encoding, LogMel, RecordBase, Utterance, Waveform } from './records/audio.ts';
import type { FinalText, GapMarker, PartialText, SpeechChunk, VoiceActivity } from './records/live.ts';
import type { Hypothesis, LanguagePosterior } from './records/recognition.ts';
import type { Score, WeightSetting } from './records/scores.ts';
import type { TrainingStep, TrainingUtterance } from './records/training.ts';

export type * from './records/audio.ts';
export type * from './records/live.ts';
export type * from './records/recognition.ts';
export type * from './records/scores.ts';
export type * from './records/training.ts';

/** Records held together by `batch`. Its id is the first record's. */
export interface Batch extends RecordBase {
  readonly kind: 'batch';
  readonly records: readonly AnyRecord[];
}

/** A file that was written, with what it holds. */
export interface Part extends RecordBase {
  readonly kind: 'part';
  readonly path: string;
  readonly rows: number;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** Why a record left the graph: the row that every `errors` port carries. `id` is the record's. */
export interface ErrorRow extends RecordBase {
  readonly kind: 'error';
  readonly node: string;
  readonly code: string;
  readonly message: string;
  /** From 1; above 1 where `onError.attempts` tried again. */
  readonly attempt: number;
  readonly path: string | null;
  /** Id of the source's record that it came of. */
  readonly source: string;
  /** That record, where it is an utterance: what it takes to try again. */
  readonly utterance: Utterance | null;
}

/** Every kind by its name. A plugin adds its own by declaration merging. */
export interface RecordKinds {
  utterance: Utterance;
  waveform: Waveform;
  'log-mel': LogMel;
  encoding: Encoding;
  'language-posterior': LanguagePosterior;
  hypothesis: Hypothesis;
  score: Score;
  speech: SpeechChunk;
  partial: PartialText;
  final: FinalText;
  gap: GapMarker;
  activity: VoiceActivity;
  'training-utterance': TrainingUtterance;
  'training-step': TrainingStep;
  'weight-setting': WeightSetting;
  batch: Batch;
  part: Part;
  error: ErrorRow;
}

export type RecordKind = keyof RecordKinds;
export type AnyRecord = RecordKinds[RecordKind];

/** Seconds of audio that a record stands for; null where it does not tell. */
export function secondsOf(record: AnyRecord): number | null {
  if ('origin' in record) return record.origin.duration;
  return record.kind === 'utterance' ? record.duration : null;
}
