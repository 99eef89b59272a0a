/** A hypothesis held against its reference: the alignment, and every sum that the figures of a corpus are made of. */
import type { AlignedUnit, Hypothesis, Score } from '../records.ts';
import type { CoverageCounts, ScoreCounts, TeacherForcedCounts } from '../score-counts.ts';
import { align } from './align.ts';
import { calibrationCounts, declaredShares, decisionAmong, decisionOf, type Decision } from './calibration.ts';
import { languageConfusion } from './confusion.ts';
import { characterErrors, countErrors, errorsByClass, errorsNearSwitches, strippedErrors } from './count-errors.ts';
import { notMeasured } from './coverage.ts';
import { interestCounts } from './interest.ts';
import { mixingCounts } from './mixing.ts';
import type { Profile, Unit } from './profiles/profile.ts';
import { spanCounts } from './spans.ts';
import { distancesToSwitch, keptSwitches, switchesOf } from './switches.ts';
import { teacherForcedCounts } from './teacher-forced.ts';
import { isTextToken, noEvidence, unitEvidence } from './unit-evidence.ts';

export interface ScoreOptions {
  readonly profile: Profile;
  /** The declared languages, as the profile knows them. */
  readonly languages: readonly string[];
  /** Errors near switches are counted up to this many units from them; from 1. */
  readonly switchWindow: number;
  /** What made the hypothesis; null takes the name of its model. */
  readonly system: string | null;
}

/**
 * @param reference As it was written; the profile normalises both sides.
 * @param coverage Of the hypothesis' audio, where it is at hand.
 * @throws RecordError `too-many-units` when the texts are too long to align.
 */
export function scoreHypothesis(
  hypothesis: Hypothesis,
  reference: string,
  { profile, languages, switchWindow, system }: ScoreOptions,
  coverage: CoverageCounts = notMeasured,
): Score {
  const { id, origin, model, text } = hypothesis;
  const spoken = profile.units(reference);
  const written = profile.units(text);
  const alignment = alignUnits(spoken, written, hypothesis);
  const classes = [...languages, 'other'];
  const has = (units: readonly Unit[], name: string): boolean => units.some(({ language }) => language === name);
  const inReference = languages.filter((name) => has(spoken, name));
  const overall = countErrors(alignment);
  const switches = switchesOf(spoken);
  const counts: ScoreCounts = {
    utterances: 1,
    wrongUtterances: overall.hits < alignment.length ? 1 : 0,
    foreignUtterances: languages.some((name) => has(written, name) && !has(spoken, name)) ? 1 : 0,
    overall,
    characters: characterErrors(spoken, written),
    byClass: errorsByClass(alignment, classes),
    stripped: strippedErrors(spoken, written, languages),
    nearSwitches: errorsNearSwitches(alignment, switchWindow),
    interest: interestCounts(alignment, languages),
    switches: switches.length,
    keptSwitches: keptSwitches(alignment, switches),
    confusion: languageConfusion(alignment, classes),
    spans: spanCounts(alignment, languages),
    mixing: mixingCounts(spoken, languages),
    coverage,
    ...evidenceCounts(alignment, hypothesis),
    forced: forcedCounts(hypothesis, languages),
  };
  return {
    kind: 'score',
    id,
    origin,
    system: system ?? model,
    profile: profile.name,
    languages,
    utteranceType: inReference.length > 1 ? 'mixed' : (inReference[0] ?? 'other'),
    reference,
    hypothesis: text,
    alignment,
    counts,
  };
}

function alignUnits(spoken: readonly Unit[], written: readonly Unit[], hypothesis: Hypothesis): AlignedUnit[] {
  const distances = distancesToSwitch(spoken);
  const evidence = unitEvidence(hypothesis, written);
  let next = 0;
  return align(spoken, written).map((step) => {
    const from = step.reference === null ? null : spoken[step.reference]!;
    const to = step.hypothesis === null ? null : written[step.hypothesis]!;
    if (step.reference !== null) next = step.reference + 1;
    return {
      operation: step.operation,
      reference: from?.text ?? null,
      hypothesis: to?.text ?? null,
      referenceLanguage: from?.language ?? null,
      hypothesisLanguage: to?.language ?? null,
      distanceToSwitch: from === null ? nearer(distances[next - 1], distances[next]) : (distances[next - 1] ?? null),
      ...(step.hypothesis === null ? noEvidence : evidence[step.hypothesis]!),
    };
  });
}

/** An insertion is as far from a switch as the nearer of its neighbours. */
function nearer(before: number | null | undefined, behind: number | null | undefined): number | null {
  const distance = Math.min(before ?? Infinity, behind ?? Infinity);
  return distance === Infinity ? null : distance;
}

function evidenceCounts(alignment: readonly AlignedUnit[], { segments, languages }: Hypothesis) {
  const tokens = segments.flatMap(({ tokenScores }) => tokenScores.filter(isTextToken));
  return {
    tokens: tokens.length,
    tokenNegativeLogLikelihood: tokens.reduce((sum, { logProbability }) => sum - logProbability, 0),
    unitCalibration: calibrationCounts(
      alignment.flatMap(({ confidence, operation }) =>
        confidence === null ? [] : [decisionOf(confidence, operation === 'hit')],
      ),
    ),
    internalCalibration: calibrationCounts(
      alignment.flatMap((unit) => languageDecision(unit, unit.internal, languages)),
    ),
    externalCalibration: calibrationCounts(
      alignment.flatMap((unit) => languageDecision(unit, unit.external, languages)),
    ),
  };
}

/** Zeros, too, where the hypothesis has its probabilities for other languages than are scored. */
function forcedCounts({ forced, languages: known }: Hypothesis, languages: readonly string[]): TeacherForcedCounts {
  const { scores, choices } = forced && known.join() === languages.join() ? forced : { scores: [], choices: [] };
  return teacherForcedCounts(scores, choices, languages);
}

/** None where the reference is of no declared language, or the hypothesis does not tell what it thought of them. */
function languageDecision(
  { referenceLanguage }: AlignedUnit,
  probabilities: readonly number[] | null,
  languages: readonly string[],
): Decision[] {
  const truth = referenceLanguage === null ? -1 : languages.indexOf(referenceLanguage);
  const shares = declaredShares(probabilities, languages.length);
  return truth < 0 || shares === null ? [] : [decisionAmong(shares, truth)];
}
