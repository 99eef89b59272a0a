import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { count64, float64 } from '../columns/numbers.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';

export const weightSettingTable = defineTable(
  'weight-setting',
  {
    id: utf8,
    rescore: utf8,
    weight: float64,
    other_policy: utf8,
    fragment_policy: utf8,
    length_penalty: nullable(float64),
    score_weights: list(utf8),
    profile: utf8,
    utterances: count64,
    errors: count64,
    units: count64,
    low: nullable(float64),
    high: nullable(float64),
    changed: count64,
  },
  ({ kind: _, otherPolicy, fragmentPolicy, lengthPenalty, scoreWeights, ...same }) => ({
    ...same,
    other_policy: otherPolicy,
    fragment_policy: fragmentPolicy,
    length_penalty: lengthPenalty,
    score_weights: scoreWeights,
  }),
  ({ other_policy, fragment_policy, length_penalty, score_weights, ...same }) => ({
    kind: 'weight-setting',
    ...same,
    otherPolicy: other_policy,
    fragmentPolicy: fragment_policy,
    lengthPenalty: length_penalty,
    scoreWeights: score_weights,
  }),
);
