/** Which lines and utterances a score leaves out, on standard error: nothing is dropped in silence. */
import type { RecordError } from '../errors.ts';
import type { TextTable } from '../manifests/texts/pair-texts.ts';
import { plural } from './figures.ts';
import { paint } from './paint.ts';
import type { MissingPolicy, ScoredSystem } from './score-systems.ts';

/** Lines that are told one by one. */
const MOST = 20;

/** @returns How many lines and utterances are at fault. */
export function sayUnscored(references: TextTable, systems: readonly ScoredSystem[], missing: MissingPolicy): number {
  sayFaults(references.faults);
  let unscored = references.faults.length;
  for (const { name, faults, withoutHypothesis, withoutReference, isByFileName } of systems) {
    sayFaults(faults);
    unscored += faults.length;
    if (isByFileName) say(`${name}: no id is on both sides, so utterances are matched by the names of their files`);
    if (withoutHypothesis.length > 0) {
      const fate = { error: 'not scored; see --missing', empty: 'scored as deleted', skip: 'left out' }[missing];
      sayIds(
        `${name}: ${plural(withoutHypothesis.length, 'reference')} without a hypothesis, ${fate}`,
        withoutHypothesis,
      );
      if (missing === 'error') unscored += withoutHypothesis.length;
    }
    if (withoutReference.length > 0) {
      sayIds(
        `${name}: ${plural(withoutReference.length, 'hypothesis', 'hypotheses')} without a reference, not scored`,
        withoutReference,
      );
    }
  }
  return unscored;
}

function sayFaults(faults: readonly RecordError[]): void {
  for (const { message } of faults.slice(0, MOST)) say(message);
  if (faults.length > MOST) say(`and ${plural(faults.length - MOST, 'more fault')}; --json lists all`);
}

function sayIds(what: string, ids: readonly string[]): void {
  const more = ids.length > MOST ? `, and ${ids.length - MOST} more that --json lists` : '';
  say(`${what}: ${ids.slice(0, MOST).join(', ')}${more}`);
}

function say(line: string): void {
  process.stderr.write(`${paint.yellow('score:')} ${line}\n`);
}
