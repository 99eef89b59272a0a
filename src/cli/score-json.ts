/** All figures of `diglot score` as one JSON object, names in snake case. Rates are shares, not percent. */
import type { TextTable } from '../manifests/texts/pair-texts.ts';
import type { Profile } from '../scoring/profiles/profile.ts';
import { snakeCase } from '../tables/columns/struct.ts';
import type { Compared } from './compare-systems.ts';
import type { ScoreFlags } from './score-flags.ts';
import type { ScoredSystem } from './score-systems.ts';
import type { SystemFigures } from './score-table.ts';
import { version } from './version.ts';

export function scoreJson(
  profile: Profile,
  { reference, languages, missing, by, bootstrap, seed }: ScoreFlags,
  references: TextTable,
  systems: readonly ScoredSystem[],
  figures: readonly SystemFigures[],
  comparisons: readonly Compared[],
): string {
  const messages = (table: Pick<TextTable, 'faults'>): string[] => table.faults.map(({ message }) => message);
  return JSON.stringify(
    snakeCased({
      diglot: version,
      profile: profile.name,
      languages: languages.split(','),
      reference: { path: reference, utterances: references.texts.size, faults: messages(references) },
      missing,
      bootstrap: { resamples: bootstrap, seed, by, confidence: 0.95 },
      systems: systems.map(({ name, path, withoutHypothesis, withoutReference, ...system }, at) => ({
        name,
        path,
        ...figures[at]!.summary,
        interval: figures[at]!.interval,
        withoutHypothesis,
        withoutReference,
        faults: messages(system),
      })),
      comparisons,
    }),
    null,
    2,
  );
}

function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [snakeCase(name), snakeCased(each)]));
}
