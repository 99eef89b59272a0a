/**
 * What decoding asks of a speech model, in arrays: the seam between search (src/decoding, no tensors) and networks
 * (src/whisper, tensors inside). A toy model with a vocabulary that can be enumerated implements it in the tests.
 */
import type { Tokenizer } from './tokenizer.ts';

/**
 * Which tokens a search may have to look at, so that nobody walks a row of 51,865 numbers: where every token of a group is
 * ranked with the same addition, the best of each group and what the groups weigh together are enough.
 */
export interface Shortlist {
  readonly groups: number;
  /**
   * groups x ordinary tokens (ids below `<|endoftext|>`): 1 where a token belongs to the group, else 0. A token belongs to
   * one group at most; one that belongs to none and is not listed is never asked about.
   */
  readonly membership: Float32Array;
  /** Ordinary tokens that are told one by one, and are in no group. */
  readonly listed: Int32Array;
  /** Besides the probabilities of a group, their powers with this exponent are added up; 1 where none are wanted. */
  readonly power: number;
}

/** What a step is asked for. */
export interface Evidence {
  readonly states: boolean;
  readonly attention: boolean;
  /** Default null: whole rows. A model may give whole rows all the same. */
  readonly shortlist?: Shortlist | null;
}

/** Rows on a shortlist. Where a search runs under several prompts, its rows are paths x prompts. */
export interface ListedRows {
  /**
   * rows x best: the ordinary tokens that are most probable, most probable first, also those that are listed or in no group.
   */
  readonly best: Int32Array;
  /** rows x prompts x best: natural log-probabilities under each prompt of what is best under any. */
  readonly bestLogProbabilities: Float32Array;
  /** rows x listed tokens. */
  readonly listed: Float32Array;
  /** rows x tokens from `<|endoftext|>` on: special tokens and timestamps. */
  readonly special: Float32Array;
  /** rows x groups: probabilities of all tokens of a group, added up. */
  readonly masses: Float32Array;
  /** rows x groups: the same of their powers; null where the power is 1. */
  readonly powerMasses: Float32Array | null;
}

/** What the model says of the next token, row after row. The arrays belong to the caller, who may overwrite them. */
export interface StepOutput {
  /** rows x vocabulary, natural, over the whole vocabulary; null where only `listed` was asked for. */
  readonly logProbabilities: Float32Array | null;
  /** Null unless a shortlist was asked for. */
  readonly listed: ListedRows | null;
  /** rows x width: decoder states behind the last layer norm; null unless asked for. */
  readonly states: Float32Array | null;
  /** rows x positions: cross-attention after softmax, mean over the alignment heads; null unless asked for. */
  readonly attention: Float32Array | null;
}

/** One window of audio under decoding: rows of token prefixes that share its encoder states. */
export interface DecoderSession {
  /**
   * Feeds the first tokens: a row for each prompt, all of one length. Gives what is said behind each position asked for.
   * Called again it starts over with the same audio, as the fallback to a higher temperature does.
   *
   * @param whole Whole rows too, beside those on a shortlist.
   */
  prefill(
    prompts: readonly (readonly number[])[],
    positions: readonly number[],
    whole?: boolean,
  ): Promise<StepOutput[]>;
  /**
   * Goes one token on. Row r of the new state continues row `parents[r]` of the old one with `tokens[r]`; the number of
   * rows may change, but stays a multiple of the number of prompts.
   *
   * @param whole Whole rows too, beside those on a shortlist.
   */
  step(parents: Int32Array, tokens: Int32Array, whole?: boolean): Promise<StepOutput>;
  /** The last answer of `step` once more, or of `prefill` behind its last position, in whole rows alone. */
  again(): Promise<StepOutput>;
  /** Frees what the session holds. Must be called; tests count. */
  dispose(): void;
}

/** Cross-attention of a teacher-forced pass, for word times. */
export interface Alignment {
  /** heads x tokens x positions: raw attention scores (before softmax) of the model's alignment heads. */
  readonly scores: Float32Array;
  readonly heads: number;
  readonly tokens: number;
  readonly positions: number;
  /** Natural log-probability of each token after the first, given those before it. */
  readonly logProbabilities: Float32Array;
  /**
   * Natural log of the probability that all ordinary tokens (ids below `<|endoftext|>`) have together where each of
   * `logProbabilities` was taken: word probabilities are relative to it, as in openai-whisper's timing.py.
   */
  readonly logTextProbabilities: Float32Array;
}

/** Settings of `generation_config.json` and `config.json` that decoding needs; read, never assumed. */
export interface ModelFacts {
  /** Name as the user gave it, and the sha256 of its weights. */
  readonly name: string;
  readonly sha256: string;
  readonly vocabularySize: number;
  /** Log-mel bands: 80 or 128. */
  readonly bands: number;
  /** Encoder positions of a full window (1500) and the width of a state. */
  readonly audioPositions: number;
  readonly width: number;
  /** Longest token sequence (448). */
  readonly textPositions: number;
  readonly multilingual: boolean;
  /** Pairs [layer, head] whose cross-attention follows the audio. */
  readonly alignmentHeads: readonly (readonly [number, number])[];
  /** `suppress_tokens` and `begin_suppress_tokens` as the model's own configuration lists them. */
  readonly suppressTokens: readonly number[];
  readonly beginSuppressTokens: readonly number[];
}

export interface SpeechModel {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  /** Log-mel window (bands x frames, frames even, at most 3000) to states (frames / 2 x width). */
  encode(logMel: Float32Array, frames: number): Promise<Float32Array>;
  /**
   * @param states positions x width, from `encode`.
   * @param evidence Default: whole rows alone.
   */
  openDecoder(states: Float32Array, positions: number, evidence?: Evidence): Promise<DecoderSession>;
  /**
   * One teacher-forced pass over `tokens` (prompt included) that returns what word times need.
   * @param asked First token whose probabilities are asked for, a large part of the work; those of tokens before it mean
   *   nothing. Default 1: all.
   */
  align(states: Float32Array, positions: number, tokens: readonly number[], asked?: number): Promise<Alignment>;
  /** Frees the weights. */
  dispose(): void;
}
