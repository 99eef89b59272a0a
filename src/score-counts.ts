/**
 * What a score counts. Nothing but sums: the counts of a corpus are the sums of its utterances' counts, field by field,
 * and every rate is a quotient of two of them (src/scoring/summary.ts). Never is a rate averaged.
 *
 * Lists "by class" run over the declared languages and `other` last; lists "by language" over the languages alone.
 */

/** How the units of a reference fared. An insertion belongs to no unit of the reference and is counted beside them. */
export interface ErrorCounts {
  /** Units of the reference: hits + substitutions + deletions. */
  readonly units: number;
  readonly hits: number;
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

/** Errors at the units of one language inside mixed utterances (PIER, arXiv 2501.09512). */
export interface InterestCounts {
  readonly units: number;
  readonly errors: number;
}

/** What became of the spans (longest runs of units of one language) of the reference. The four add up to the spans. */
export interface SpanCounts {
  /** Every unit heard there is of the span's language. */
  readonly kept: number;
  /** Units of its own and of another language: two scripts where one was spoken. */
  readonly mixed: number;
  /** Only units of other languages: translated, or written by sound in the other script. */
  readonly translated: number;
  /** Nothing was heard. */
  readonly lost: number;
}

/** How far probabilities can be believed: decisions with their confidence, in 15 bins of equal width over 0 to 1. */
export interface CalibrationCounts {
  /** Sum of the negative natural log-probabilities given to what was right. */
  readonly negativeLogLikelihood: number;
  /** Decisions in each bin of confidence. */
  readonly decisions: readonly number[];
  /** Sum of the confidence in each bin. */
  readonly confidence: readonly number[];
  /** How many decisions of each bin were right. */
  readonly correct: readonly number[];
}

/** Decisions between the declared languages. */
export interface LanguageCounts {
  readonly calibration: CalibrationCounts;
  /** languages x languages, row after row: language of the token down, most probable language across. */
  readonly confusion: readonly number[];
}

/** A reference that the decoder was fed with, token by token. Zeros where none was. */
export interface TeacherForcedCounts {
  /** Of text tokens: the most probable token was chosen, the reference's is right. */
  readonly tokens: CalibrationCounts;
  /** By a and by q, at the tokens of declared languages with which a character begins. */
  readonly internal: LanguageCounts;
  readonly external: LanguageCounts;
}

/** Speech by voice activity against the times of what was written. Zeros where no audio was at hand. */
export interface CoverageCounts {
  /** Utterances whose audio was at hand. */
  readonly utterances: number;
  /** Seconds. */
  readonly speech: number;
  /** Seconds of speech under no segment with text. */
  readonly uncovered: number;
}

/** Sums from which the mixing measures of the reference come (method-specs 8.5). */
export interface MixingCounts {
  /** Utterances with a unit of a declared language. */
  readonly utterances: number;
  /** Units by language. */
  readonly units: readonly number[];
  /** Sum of the code-mixing index of each utterance, 0 to 100. */
  readonly codeMixingIndex: number;
  /** The same of CMI-2, which counts switches too. */
  readonly codeMixingIndex2: number;
  /** Places between neighbouring units of declared languages, where a switch might be. */
  readonly places: number;
  readonly spans: number;
  /** Sums over the spans of their length in units, and of its square. */
  readonly spanUnits: number;
  readonly spanUnitsSquared: number;
}

export interface ScoreCounts {
  readonly utterances: number;
  /** Utterances with an error. */
  readonly wrongUtterances: number;
  /** Utterances whose hypothesis has a language that the reference has not (LAVR, arXiv 2606.17281). */
  readonly foreignUtterances: number;
  readonly overall: ErrorCounts;
  /** The same over the characters of the units: character error rate. */
  readonly characters: ErrorCounts;
  /** By class; adds up to `overall`. An insertion belongs to the class of what was inserted. */
  readonly byClass: readonly ErrorCounts[];
  /** By language, as ESPnet scores: all else is taken out of both texts first, which are then aligned anew. */
  readonly stripped: readonly ErrorCounts[];
  /** Entry k - 1: units at most k units from a switch of language. */
  readonly nearSwitches: readonly ErrorCounts[];
  /** By language. */
  readonly interest: readonly InterestCounts[];
  /** Places of the reference where the language changes. */
  readonly switches: number;
  /** Switches of which both sides were hit, or substituted within the right language. */
  readonly keptSwitches: number;
  /**
   * (classes + 1) x (classes + 1), row after row: class of the reference down, of the hypothesis across. The last row
   * counts insertions, the last column deletions.
   */
  readonly confusion: readonly number[];
  /** By language. */
  readonly spans: readonly SpanCounts[];
  readonly mixing: MixingCounts;
  readonly coverage: CoverageCounts;
  /** Text tokens of the hypothesis that have a score, and the sum of their negative natural log-probabilities. */
  readonly tokens: number;
  readonly tokenNegativeLogLikelihood: number;
  /** Of units: the mean probability of a unit's tokens, right where the unit is a hit. */
  readonly unitCalibration: CalibrationCounts;
  /** Of a, at the first token of each unit that is aligned to a declared language. */
  readonly internalCalibration: CalibrationCounts;
  /** Of q, at the same tokens. */
  readonly externalCalibration: CalibrationCounts;
  readonly forced: TeacherForcedCounts;
}
