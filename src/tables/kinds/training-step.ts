import { bool } from '../columns/bool.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { count64, float64, int32 } from '../columns/numbers.ts';
import { snakeCase, struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { forcedCounts } from './score-counts.ts';

const losses = struct({
  total: float64,
  tokens: float64,
  language: float64,
  replacement: float64,
  variational: float64,
  base: float64,
});

const check = struct(
  {
    losses,
    errors: count64,
    units: count64,
    texts: list(struct({ id: utf8, reference: utf8, text: utf8, errors: count64, units: count64 })),
    forced: forcedCounts,
    isBest: bool,
  },
  snakeCase,
);

export const trainingStepTable = defineTable(
  'training-step',
  {
    id: utf8,
    step: int32,
    losses,
    gradient_norm: float64,
    learning_rate: float64,
    tokens: int32,
    seconds: float64,
    utterances: list(utf8),
    check: nullable(check),
  },
  ({ id, step, losses, gradientNorm, learningRate, tokens, seconds, utterances, check }) => ({
    id,
    step,
    losses,
    gradient_norm: gradientNorm,
    learning_rate: learningRate,
    tokens,
    seconds,
    utterances,
    check,
  }),
  ({ gradient_norm: gradientNorm, learning_rate: learningRate, ...row }) => ({
    kind: 'training-step',
    ...row,
    gradientNorm,
    learningRate,
  }),
);
