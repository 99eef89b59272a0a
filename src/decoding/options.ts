/** What `transcribe` may be told, with openai-whisper's defaults where it has the option (whisper/transcribe.py). */
import type { Window } from '../records.ts';
import type { FallbackOptions } from './fallback.ts';
import type { PromptHistoryOptions } from './prompt-history.ts';
import type { LanguageOptions } from './spoken-languages.ts';
import type { WordOptions } from './window-words.ts';

export interface TranscribeOptions
  extends Omit<FallbackOptions, 'tags'>, PromptHistoryOptions, WordOptions, LanguageOptions {
  /** How much of a window is encoded. */
  readonly window: Window;
  /** Fixes the samples drawn at temperatures above 0. */
  readonly seed: number;
  /** Seconds: start, end, start, end, ... of what is transcribed; the last end may be left out. */
  readonly clipTimestamps: readonly number[];
  readonly wordTimestamps: boolean;
  /** Candidates of each window that are given beside the result; 0 gives none. */
  readonly nBest: number;
  /** Whether windows with text in one language under speech of another are decoded again. */
  readonly guard: boolean;
}

/** What gives q where it is needed and no calibrator is named. */
export const defaultCalibrator = 'detected';

/** The least weight of a prompt where `auto` mixes them and no floor is named. */
export const defaultMixtureFloor = 0.2;

/** How languages are treated unless told otherwise: what docs/results.md supports. */
const defaultLanguageOptions: LanguageOptions = {
  language: null,
  languages: ['zh', 'en'],
  languagePrompt: 'auto',
  rescoring: { mode: 'plain', weight: 0.3, otherPolicy: 'class', fragmentPolicy: 'inherit' },
  calibrator: null,
  mixtureWeights: null,
};

/** Defaults of openai-whisper's command line: a beam of 5, where its Python function is greedy. */
export const defaultTranscribeOptions: TranscribeOptions = {
  ...defaultLanguageOptions,
  task: 'transcribe',
  window: { kind: 'full' },
  seed: 0,
  temperatures: [0, 0.2, 0.4, 0.6, 0.8, 1],
  beamSize: 5,
  patience: 1,
  bestOf: 5,
  lengthPenalty: null,
  sampleLength: null,
  compressionRatioThreshold: 2.4,
  logProbabilityThreshold: -1,
  noSpeechThreshold: 0.6,
  conditionOnPreviousText: true,
  initialPrompt: null,
  carryInitialPrompt: false,
  prefix: null,
  suppressBlank: true,
  suppressTokens: [-1],
  withoutTimestamps: false,
  maxInitialTimestamp: 1,
  clipTimestamps: [0],
  wordTimestamps: false,
  prependPunctuations: '"\'“¿([{-',
  appendPunctuations: '"\'.。,，!！?？:：”)]}、',
  hallucinationSilenceThreshold: null,
  nBest: 0,
  guard: true,
};
