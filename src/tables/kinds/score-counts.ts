/** Columns of the sums that a score consists of (`src/score-counts.ts`), under the same names in snake_case. */
import { since } from '../columns/column.ts';
import { list } from '../columns/list.ts';
import { count64, float64 } from '../columns/numbers.ts';
import { snakeCase, struct } from '../columns/struct.ts';

const errors = struct({
  units: count64,
  hits: count64,
  substitutions: count64,
  deletions: count64,
  insertions: count64,
});

const calibration = struct(
  {
    negativeLogLikelihood: float64,
    decisions: list(count64),
    confidence: list(float64),
    correct: list(count64),
  },
  snakeCase,
);

const languageDecisions = struct({ calibration, confusion: list(count64) });

export const forcedCounts = struct({ tokens: calibration, internal: languageDecisions, external: languageDecisions });

const mixing = struct(
  {
    utterances: count64,
    units: list(count64),
    codeMixingIndex: float64,
    codeMixingIndex2: float64,
    places: count64,
    spans: count64,
    spanUnits: count64,
    spanUnitsSquared: count64,
  },
  snakeCase,
);

export const scoreCounts = struct(
  {
    utterances: count64,
    wrongUtterances: count64,
    foreignUtterances: count64,
    overall: errors,
    characters: errors,
    byClass: list(errors),
    stripped: list(errors),
    nearSwitches: list(errors),
    interest: list(struct({ units: count64, errors: count64 })),
    switches: count64,
    keptSwitches: count64,
    confusion: list(count64),
    spans: list(struct({ kept: count64, mixed: count64, translated: count64, lost: count64 })),
    mixing,
    coverage: struct({ utterances: count64, speech: float64, uncovered: float64 }),
    tokens: count64,
    tokenNegativeLogLikelihood: float64,
    unitCalibration: calibration,
    internalCalibration: calibration,
    externalCalibration: calibration,
    forced: since(forcedCounts, forcedCounts.blank),
  },
  snakeCase,
);
