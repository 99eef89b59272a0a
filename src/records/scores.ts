/** Hypotheses held against their references, and weights that a sweep tried. */
import type { ScoreCounts } from '../score-counts.ts';
import type { Origin, RecordBase } from './audio.ts';

/** One step of an alignment. A deletion has no hypothesis, an insertion no reference. */
export interface AlignedUnit {
  readonly operation: 'hit' | 'substitution' | 'deletion' | 'insertion';
  /** Units as they were compared, normalised. */
  readonly reference: string | null;
  readonly hypothesis: string | null;
  /** Codes of declared languages, or `other`. */
  readonly referenceLanguage: string | null;
  readonly hypothesisLanguage: string | null;
  /** Units from the nearest switch of language in the reference: 1 on either side of it; null without a switch. */
  readonly distanceToSwitch: number | null;
  /** Seconds from the beginning of the recording where the hypothesis unit is said; null without word times. */
  readonly start: number | null;
  readonly end: number | null;
  /** Mean probability of the hypothesis unit's tokens; null where they have no scores. */
  readonly confidence: number | null;
  /** a and q at its first token, over the languages of the hypothesis (and other); null where unknown. */
  readonly internal: readonly number[] | null;
  readonly external: readonly number[] | null;
}

/** A hypothesis held against its reference. */
export interface Score extends RecordBase {
  readonly kind: 'score';
  readonly origin: Origin;
  /** What made the hypothesis, in the user's words; the model's name where none were given. */
  readonly system: string;
  /** Name of the normalisation profile. */
  readonly profile: string;
  /** The declared languages, in the order of every list by language. */
  readonly languages: readonly string[];
  /** Which declared languages the reference has: the code of the only one, `mixed`, or `other` for none. */
  readonly utteranceType: string;
  /** As it was given, not normalised. */
  readonly reference: string;
  readonly hypothesis: string;
  readonly alignment: readonly AlignedUnit[];
  readonly counts: ScoreCounts;
}

/** Weights that a sweep tried on stored n-best lists with references, and what they came to. Its id names them. */
export interface WeightSetting extends RecordBase {
  readonly kind: 'weight-setting';
  /** As the options of `rescore` are named. */
  readonly rescore: string;
  readonly weight: number;
  readonly otherPolicy: string;
  readonly fragmentPolicy: string;
  readonly lengthPenalty: number | null;
  /** `lm=0.3`; other scores do not count. */
  readonly scoreWeights: readonly string[];
  /** Name of the normalisation profile. */
  readonly profile: string;
  readonly utterances: number;
  /** Errors of all utterances, and units of their references: their quotient is the mixed error rate. */
  readonly errors: number;
  readonly units: number;
  /** 95 % interval of the rate; null where there is no unit. */
  readonly low: number | null;
  readonly high: number | null;
  /** Utterances whose text is another than that which the search wrote. */
  readonly changed: number;
}
