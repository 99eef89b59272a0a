/** Errors of an alignment: all of them, by language, near switches, and with one language alone. */
import type { AlignedUnit } from '../records.ts';
import type { ErrorCounts } from '../score-counts.ts';
import { align, type Step } from './align.ts';
import type { Unit } from './profiles/profile.ts';

/** @param steps Steps of an alignment, of which only the operation is looked at. */
export function countErrors(steps: Iterable<Pick<Step, 'operation'>>): ErrorCounts {
  const of = { hit: 0, substitution: 0, deletion: 0, insertion: 0 };
  for (const { operation } of steps) of[operation] += 1;
  return {
    units: of.hit + of.substitution + of.deletion,
    hits: of.hit,
    substitutions: of.substitution,
    deletions: of.deletion,
    insertions: of.insertion,
  };
}

/**
 * Errors by class. A substitution or deletion counts for the class of the reference, an insertion for that of what was
 * inserted, so that the classes add up to the whole.
 * @param classes Languages and `other`.
 */
export function errorsByClass(alignment: readonly AlignedUnit[], classes: readonly string[]): ErrorCounts[] {
  return classes.map((name) =>
    countErrors(alignment.filter((unit) => (unit.referenceLanguage ?? unit.hypothesisLanguage) === name)),
  );
}

/** Entry k - 1: errors at most k units from a switch of the reference, for k up to `window`. */
export function errorsNearSwitches(alignment: readonly AlignedUnit[], window: number): ErrorCounts[] {
  return Array.from({ length: window }, (_, at) =>
    countErrors(alignment.filter(({ distanceToSwitch }) => distanceToSwitch !== null && distanceToSwitch <= at + 1)),
  );
}

/**
 * Errors as ESPnet's SEAME recipe counts them (egs2/seame/asr1/local/score.sh, split_lang_trn.py): units of every other
 * class are taken out of both sides, and what is left is aligned anew. They do not add up to the whole.
 */
export function strippedErrors(
  reference: readonly Unit[],
  hypothesis: readonly Unit[],
  languages: readonly string[],
): ErrorCounts[] {
  return languages.map((name) => {
    const only = (units: readonly Unit[]): Unit[] => units.filter(({ language }) => language === name);
    return countErrors(align(only(reference), only(hypothesis)));
  });
}

/** Errors over characters: units are taken apart, what divided them is not counted. */
export function characterErrors(reference: readonly Unit[], hypothesis: readonly Unit[]): ErrorCounts {
  const characters = (units: readonly Unit[]): Unit[] =>
    units.flatMap(({ text, language }) => Array.from(text, (character) => ({ text: character, language })));
  return countErrors(align(characters(reference), characters(hypothesis)));
}
