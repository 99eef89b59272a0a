/** The operators that come with diglot. An explicit list: reading it is knowing what there is. */
import type { AnyOperator } from './define-operator.ts';
import { addScores } from './add-scores.ts';
import { appendArrow } from './append-arrow.ts';
import { appendSrt } from './append-srt.ts';
import { appendWav } from './append-wav.ts';
import { augment } from './augment.ts';
import { batch } from './batch.ts';
import { beamSearch } from './beam-search.ts';
import { bucketBatch } from './bucket-batch.ts';
import { calibrateLanguage } from './calibrate-language.ts';
import { detectLanguage } from './detect-language.ts';
import { detectSpeech } from './detect-speech.ts';
import { encode } from './encode.ts';
import { filter } from './filter.ts';
import { forceReference } from './force-reference.ts';
import { joinPieces } from './join-pieces.ts';
import { labelLanguage } from './label-language.ts';
import { listen } from './listen.ts';
import { locateAudio } from './locate-audio.ts';
import { logMel } from './log-mel.ts';
import { readArrow } from './read-arrow.ts';
import { readAudio } from './read-audio.ts';
import { readManifest } from './read-manifest.ts';
import { recogniseSpeech } from './recognise-speech.ts';
import { resample } from './resample.ts';
import { resampleStream } from './resample-stream.ts';
import { rescore } from './rescore.ts';
import { score } from './score.ts';
import { scoreLists } from './score-lists.ts';
import { scoreReference } from './score-reference.ts';
import { segment } from './segment.ts';
import { send } from './send.ts';
import { simplify } from './simplify.ts';
import { specAugment } from './spec-augment.ts';
import { splice } from './splice.ts';
import { sweepWeights } from './sweep-weights.ts';
import { tap } from './tap.ts';
import { trainStep } from './train-step.ts';
import { writeArrow } from './write-arrow.ts';
import { writeText } from './write-text.ts';
import { writeWeights } from './write-weights.ts';

export const operators: readonly AnyOperator[] = [
  addScores,
  appendArrow,
  appendSrt,
  appendWav,
  augment,
  batch,
  beamSearch,
  bucketBatch,
  calibrateLanguage,
  detectLanguage,
  detectSpeech,
  encode,
  filter,
  forceReference,
  joinPieces,
  labelLanguage,
  listen,
  locateAudio,
  logMel,
  readArrow,
  readAudio,
  readManifest,
  recogniseSpeech,
  resample,
  resampleStream,
  rescore,
  score,
  scoreLists,
  scoreReference,
  segment,
  send,
  simplify,
  specAugment,
  splice,
  sweepWeights,
  tap,
  trainStep,
  writeArrow,
  writeText,
  writeWeights,
];
