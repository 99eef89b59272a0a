/**
 * The seam of external language awareness: q[l | audio], the probability of each declared language at every step of a
 * search, from evidence that is named (method-specs 1.5). Beam search rescoring and the mixture of prompts both take
 * their q from here and do not know which calibrator gave it.
 */
import type { SpeechModel, Evidence } from '../whisper/speech-model.ts';
import type { TokenRow } from './token-row.ts';

/** What the model said of the token behind one path. Nothing in it may be changed. */
export interface PathEvidence {
  /** For each prompt of the search natural log-probabilities, before any token is masked. */
  readonly prompts: readonly TokenRow[];
  /** Decoder state behind the last layer norm under the first prompt (width); null unless `needs.states`. */
  readonly state: Float32Array | null;
  /** Share of attention on each encoder position (positions), mean over prompts; null unless `needs.attention`. */
  readonly attention: Float32Array | null;
}

/** The window that a search is about. */
export interface CalibratedWindow {
  readonly model: SpeechModel;
  /** positions x width. */
  readonly states: Float32Array;
  readonly positions: number;
  /** How many positions hold audio; the rest is silence behind it. */
  readonly heard: number;
  /** Detected probability of each declared language in this window, in the order of the set; they sum to 1. */
  readonly detected: readonly number[];
}

/** q for one window. `State` is what it must know of a path; it is never changed, other paths continue it too. */
export interface WindowCalibrator<State = unknown> {
  readonly start: State;
  /**
   * q for the token behind a path: over the declared languages, or, where the calibrator tells "other" too, over all
   * classes; the numbers sum to 1. The caller must not change the array.
   */
  posterior(evidence: PathEvidence, state: State): Float64Array;
  /** The state after `token` was chosen where `evidence` was seen. */
  next(state: State, token: number, evidence: PathEvidence): State;
}

/** A named way to q, made ready for a language set and a model. */
export interface Calibrator {
  readonly name: string;
  readonly needs: Evidence;
  /** Whether `PathEvidence.prompts` must hold a row for each declared language, in the order of the set. */
  readonly needsPrompts: boolean;
  open(window: CalibratedWindow): Promise<WindowCalibrator>;
}
