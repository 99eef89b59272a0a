import type { AlignedUnit } from '../../records.ts';
import type { ScoreCounts } from '../../score-counts.ts';
import { ColumnFault } from '../columns/column.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { snakeCase, struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';
import { scoreCounts } from './score-counts.ts';

const alignedUnit = struct(
  {
    operation: utf8,
    reference: nullable(utf8),
    hypothesis: nullable(utf8),
    referenceLanguage: nullable(utf8),
    hypothesisLanguage: nullable(utf8),
    /** In units, from 1. */
    distanceToSwitch: nullable(int32),
    /** Seconds from the beginning of the recording. */
    start: nullable(float64),
    end: nullable(float64),
    confidence: nullable(float64),
    internal: nullable(list(float64)),
    external: nullable(list(float64)),
  },
  snakeCase,
);

/** `reference` is the origin's; what was scored, which another node may have brought, is `reference_text`. */
export const scoreTable = defineTable(
  'score',
  {
    id: utf8,
    ...originFields,
    system: utf8,
    profile: utf8,
    languages: list(utf8),
    utterance_type: utf8,
    reference_text: utf8,
    hypothesis_text: utf8,
    alignment: list(alignedUnit),
    counts: scoreCounts,
  },
  ({ id, origin, utteranceType, reference, hypothesis, system, profile, languages, alignment, counts }) => ({
    id,
    ...originToRow(origin),
    system,
    profile,
    languages,
    utterance_type: utteranceType,
    reference_text: reference,
    hypothesis_text: hypothesis,
    alignment,
    counts,
  }),
  (row) => ({
    kind: 'score',
    id: row.id,
    origin: originFromRow(row),
    system: row.system,
    profile: row.profile,
    languages: row.languages,
    utteranceType: row.utterance_type,
    reference: row.reference_text,
    hypothesis: row.hypothesis_text,
    alignment: row.alignment.map(({ operation, ...unit }) => ({ operation: operationOf(operation), ...unit })),
    counts: checked(row.counts, row.languages.length),
  }),
);

const operations: readonly AlignedUnit['operation'][] = ['hit', 'substitution', 'deletion', 'insertion'];

function operationOf(text: string): AlignedUnit['operation'] {
  const known = operations.find((operation) => operation === text);
  if (known === undefined) throw new ColumnFault('alignment.operation', `is ${text}, none of ${operations.join(', ')}`);
  return known;
}

/** Lists as long as the languages say: counts of a broken file must not add up to something. */
function checked(counts: ScoreCounts, languages: number): ScoreCounts {
  const lengths: [name: string, list: readonly unknown[], expected: number][] = [
    ['by_class', counts.byClass, languages + 1],
    ['stripped', counts.stripped, languages],
    ['interest', counts.interest, languages],
    ['confusion', counts.confusion, (languages + 2) ** 2],
    ['spans', counts.spans, languages],
    ['mixing.units', counts.mixing.units, languages],
  ];
  for (const side of ['internal', 'external'] as const) {
    const { length } = counts.forced[side].confusion;
    // Files from before teacher forcing have none.
    if (length > 0) lengths.push([`forced.${side}.confusion`, counts.forced[side].confusion, languages ** 2]);
  }
  for (const [name, list, expected] of lengths) {
    if (list.length !== expected) {
      throw new ColumnFault(`counts.${name}`, `has ${list.length} entries for ${languages} languages`);
    }
  }
  return counts;
}
