/** What was recognised: languages, tokens, words, segments, n-best lists, hypotheses. */
import type { Origin, RecordBase } from './audio.ts';

/** Which language is spoken, over the languages asked about; probabilities sum to 1. */
export interface LanguagePosterior extends RecordBase {
  readonly kind: 'language-posterior';
  readonly origin: Origin;
  /** Whisper's codes, most probable first. */
  readonly languages: readonly string[];
  readonly probabilities: readonly number[];
  /** The same over time, in its order, where it was listened to in stretches. */
  readonly stretches?: readonly LanguageStretch[];
}

/** A short stretch of a recording with the probability of each language of its posterior, in that order. */
export interface LanguageStretch {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly probabilities: readonly number[];
}

/** A word with its place in the recording. `word` keeps its leading space, as openai-whisper writes it. */
export interface Word {
  readonly word: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly probability: number;
}

/** What the search knew of one token when it chose it. Enough to rescore the hypothesis without the model. */
export interface TokenScore {
  readonly token: number;
  /** Characters (code points) of the text that begin in the token; 0 for timestamps and the end of text. */
  readonly characters: number;
  /** Natural log-probability before any language term: of the mixture, where several prompts were mixed. */
  readonly logProbability: number;
  /** Natural log-probability that it was ranked by: language terms added, normalised again. */
  readonly score: number;
  /** Code of the token's language, or `other`. */
  readonly language: string;
  /** a: internal probability of each declared language and of `other` for this token; sums to 1. */
  readonly internal: readonly number[];
  /** q: external probability of each declared language (and of `other`, where the calibrator tells); null without one. */
  readonly external: readonly number[] | null;
}

/** A stretch of one language in what was said. */
export interface LanguageSpan {
  /** Code of a declared language. */
  readonly language: string;
  readonly text: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  /** Mean probability of the language over the tokens of the span, 0 to 1. */
  readonly confidence: number;
}

/**
 * One entry of an n-best list. What the search knew of its tokens stands in columns, entry t for token t; where a number
 * is told of every class, those of token t follow each other from t x classes on. Enough to score the entry under any
 * language terms without the model.
 */
export interface Candidate {
  readonly text: string;
  /** Sum of the token scores. */
  readonly score: number;
  /** Whether the search came to the end of text, or cut the candidate off. */
  readonly ended: boolean;
  /** Scores that others gave the whole candidate, natural logarithms, in the order of the list's `scoreNames`. */
  readonly scores: Float64Array;
  /** Without the prompt, with timestamps and, where `ended`, the end of text. */
  readonly tokens: Int32Array;
  /** Code points of the text that begin in the token. */
  readonly characters: Int32Array;
  /** Natural, before any language term: of the mixture, where several prompts were mixed. */
  readonly logProbabilities: Float64Array;
  /** Natural logarithms that the search ranked by: language terms added, normalised again. */
  readonly tokenScores: Float64Array;
  /** Class of each token: its place among the languages of the hypothesis, other behind them. */
  readonly classes: Uint8Array;
  /** a: tokens x classes. */
  readonly internal: Float32Array;
  /** q: tokens x classes, as it was used; null without a calibrator. */
  readonly external: Float32Array | null;
  /** 1 where a token begins a character or a word, and carries a language term under `fragmentPolicy: once`. */
  readonly begins: Uint8Array;
  /** tokens x classes: the part of a that belongs to tokens which would carry no term under `once`. */
  readonly exempt: Float32Array;
  /**
   * For every token and every exponent of the list's `powers`: natural logarithm of the sum of p^exponent over the tokens of
   * each class that carry a term under `once`, then over those that do not; -1e30 for none. What `published` is
   * normalised by.
   */
  readonly powerSums: Float64Array;
}

/** The n-best list of one window, best first. */
export interface WindowCandidates {
  /** Seek position of the window, in frames of 10 ms. */
  readonly seek: number;
  /** Frames of the recording that it holds. */
  readonly frames: number;
  readonly temperature: number;
  readonly noSpeechProbability: number;
  /** Token of the timestamp 0.00; those of later times follow it, 0.02 s apart. */
  readonly timestampBegin: number;
  /** Exponents of the candidates' `powerSums`: 1 + the weights at which `published` can be scored. */
  readonly powers: readonly number[];
  /** Names of the candidates' `scores`. */
  readonly scoreNames: readonly string[];
  readonly candidates: readonly Candidate[];
}

/** A stretch of a recording with its text. */
export interface Segment {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Token ids, timestamps included. */
  readonly tokens: readonly number[];
  /** Parallel to `tokens`. */
  readonly tokenScores: readonly TokenScore[];
  /** Seek position of the window that it was decoded in, in frames of 10 ms. */
  readonly seek: number;
  readonly temperature: number;
  /** Mean natural log-probability of the tokens. */
  readonly averageLogProbability: number;
  /** Bytes of the text over bytes of its zlib form. */
  readonly compressionRatio: number;
  readonly noSpeechProbability: number;
  readonly words: readonly Word[] | null;
}

/** A reference that the decoder was fed with: what it gave every token of it, and the token that it would have written. */
export interface ForcedReference {
  /** Of the reference's text tokens. */
  readonly scores: readonly TokenScore[];
  /** At the same places, of the most probable tokens. */
  readonly choices: readonly TokenScore[];
}

/** What was recognised in one utterance. */
export interface Hypothesis extends RecordBase {
  readonly kind: 'hypothesis';
  readonly origin: Origin;
  readonly model: string;
  /** Tag that the text was decoded under. */
  readonly language: string;
  /** Detected probability of that language; null where it was given. */
  readonly languageProbability: number | null;
  /** The declared languages, in the order of every list of probabilities in the hypothesis. */
  readonly languages: readonly string[];
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly languageSpans: readonly LanguageSpan[];
  /** Windows that the wrong-language guard decoded again. */
  readonly guardedWindows: number;
  /** Null unless n-best lists were asked for. */
  readonly nBest: readonly WindowCandidates[] | null;
  /** Of `score-reference`. */
  readonly forced?: ForcedReference;
}
