/** A system against another, on the utterances that both have. */
import { UsageError } from '../errors.ts';
import type { Score } from '../records.ts';
import { compareRates, type BootstrapOptions, type Comparison, type Outcome } from '../scoring/bootstrap.ts';
import type { ScoreFlags } from './score-flags.ts';
import type { ScoredSystem } from './score-systems.ts';

/** A system against the first. */
export interface Compared {
  readonly system: string;
  readonly baseline: string;
  /** Utterances that both have. */
  readonly utterances: number;
  readonly difference: Comparison;
}

/** @throws UsageError `speaker` when some utterance has none. */
export function outcomes(scores: readonly Score[], by: ScoreFlags['by']): Outcome[] {
  return scores.map(({ id, origin, counts: { overall } }) => {
    if (by === 'speaker' && origin.speaker === null) {
      throw new UsageError(
        'speaker',
        `${id} has no speaker; put utt2spk beside the Kaldi text, or a field speaker into the references, or leave out --by speaker.`,
      );
    }
    return {
      errors: overall.substitutions + overall.deletions + overall.insertions,
      units: overall.units,
      block: by === 'speaker' ? origin.speaker! : id,
    };
  });
}

export function compareSystems(
  baseline: ScoredSystem,
  system: ScoredSystem,
  by: ScoreFlags['by'],
  options: BootstrapOptions,
): Compared {
  const common = (one: ScoredSystem, other: ScoredSystem): Score[] => {
    const ids = new Set(other.scores.map(({ id }) => id));
    return one.scores.filter(({ id }) => ids.has(id));
  };
  const [ofSystem, ofBaseline] = [common(system, baseline), common(baseline, system)];
  return {
    system: system.name,
    baseline: baseline.name,
    utterances: ofSystem.length,
    difference: compareRates(outcomes(ofSystem, by), outcomes(ofBaseline, by), options),
  };
}
