/** The public API: everything that a pipeline, a plugin or a program of your own may build on. */

export { defineOperator } from './operators/define-operator.ts';
export type {
  AnyOperator,
  Behaviour,
  Call,
  Description,
  Input,
  InputOf,
  Operator,
  OperatorContext,
  Output,
  OutputOf,
  Ports,
  ProgramPorts,
  Released,
  Running,
  Shape,
} from './operators/define-operator.ts';

export { definePipeline } from './graphs/pipeline-schema.ts';
export type { PipelineFile } from './graphs/pipeline-schema.ts';
export { loadPipelines } from './graphs/load.ts';
export type { LoadedPipeline, LoadOptions, Parameter, ParameterType } from './graphs/load.ts';
export { check } from './graphs/check.ts';
export type { Checked } from './graphs/check.ts';
export { formatFault } from './graphs/faults.ts';
export type { Fault, Place } from './graphs/faults.ts';
export { startGraph } from './graphs/run.ts';
export type { StartOptions } from './graphs/run.ts';
export { openSession } from './graphs/open-session.ts';
export type { Session, SessionEvent, SessionOptions } from './graphs/open-session.ts';
export type { ErrorPolicy, Plan, PlannedNode, PortReference } from './graphs/plan.ts';
export type { NodeStatus, RunningGraph, RunReport, RunStatus } from './graphs/report.ts';
export { drawMermaid } from './graphs/drawing/draw-mermaid.ts';
export { drawSvg } from './graphs/drawing/draw-svg.ts';
export { describeOperator } from './graphs/manual.ts';

export { RecordError, StorageError, UsageError } from './errors.ts';
export { secondsOf } from './records.ts';
export type {
  AnyRecord,
  Batch,
  Encoding,
  ErrorRow,
  FinalText,
  Gap,
  GapMarker,
  Hypothesis,
  LanguagePosterior,
  LanguageStretch,
  LiveText,
  LiveWord,
  LogMel,
  Origin,
  Part,
  PartialText,
  Piece,
  RecordBase,
  RecordKind,
  RecordKinds,
  Segment,
  SpeechChunk,
  TrainingStep,
  TrainingUtterance,
  Utterance,
  VoiceActivity,
  Waveform,
  WeightSetting,
  Window,
  Word,
} from './records.ts';

export { operators } from './operators/registry.ts';
export { appendArrow } from './operators/append-arrow.ts';
export { appendSrt } from './operators/append-srt.ts';
export { appendWav } from './operators/append-wav.ts';
export { batch } from './operators/batch.ts';
export { beamSearch } from './operators/beam-search.ts';
export { calibrateLanguage } from './operators/calibrate-language.ts';
export { detectLanguage } from './operators/detect-language.ts';
export { detectSpeech } from './operators/detect-speech.ts';
export { encode } from './operators/encode.ts';
export { filter } from './operators/filter.ts';
export { forceReference } from './operators/force-reference.ts';
export { joinPieces } from './operators/join-pieces.ts';
export { listen } from './operators/listen.ts';
export { logMel } from './operators/log-mel.ts';
export { readArrow } from './operators/read-arrow.ts';
export { readAudio } from './operators/read-audio.ts';
export { readManifest } from './operators/read-manifest.ts';
export { recogniseSpeech } from './operators/recognise-speech.ts';
export { resample } from './operators/resample.ts';
export { resampleStream } from './operators/resample-stream.ts';
export { score } from './operators/score.ts';
export { scoreReference } from './operators/score-reference.ts';
export { segment } from './operators/segment.ts';
export { send } from './operators/send.ts';
export { simplify } from './operators/simplify.ts';
export { tap } from './operators/tap.ts';
export { writeArrow } from './operators/write-arrow.ts';
export { writeText } from './operators/write-text.ts';
