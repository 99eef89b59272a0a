/** What decides over the functions of step-graph.ts, and what they read. */
import type { CalibratorKind } from '../language/calibrators/calibrator-file.ts';
import type { Inputs, InputType, Traceable } from '../tensors/compile/compile.ts';
import type { Dimensions } from '../whisper/dimensions.ts';
import type { Weights } from '../whisper/layers.ts';
import type { Target } from './low-rank.ts';
import { needsInternal, type LossOptions } from './losses.ts';
import type { Layout } from './parameters.ts';

/** All that decides over the functions. */
export interface StepPlan {
  readonly dimensions: Dimensions;
  readonly base: Weights;
  readonly alignmentHeads: readonly (readonly [number, number])[];
  readonly targets: readonly Target[];
  readonly rank: number;
  /** alpha / rank. */
  readonly scale: number;
  readonly dropout: number;
  readonly layout: Layout;
  readonly calibrator: CalibratorKind | null;
  /** Classes of the language set. */
  readonly classes: number;
  readonly losses: LossOptions;
  readonly weightDecay: number;
  readonly clip: number;
  /** The encoder stays as it is, and its states are given in place of log-mels. */
  readonly frozenEncoder: boolean;
}

export interface StepFunction {
  readonly fn: Traceable;
  readonly inputs: Inputs;
}

/** How many tokens of the base are compared. */
export const bestOfBase = 16;

export const float = (...shape: InputType['shape']): InputType => ({ type: 'float32', shape });
export const whole = (...shape: InputType['shape']): InputType => ({ type: 'int32', shape });

export const isVariational = ({ losses }: StepPlan) =>
  losses.variationalWeight > 0 && losses.variationalForm !== 'noise-consistency';
export const isConsistent = ({ losses }: StepPlan) =>
  losses.variationalWeight > 0 && losses.variationalForm === 'noise-consistency';

/** What the forward pass reads beside the weights in training. */
export function dataInputs(plan: StepPlan, noisy: boolean): Inputs {
  const { dimensions, classes, calibrator, frozenEncoder, targets, rank, dropout, losses } = plan;
  const sizes = targets.reduce((sum, { input }) => sum + input, 0);
  const positions = { times: 2, name: 'positions' };
  return {
    ...(frozenEncoder
      ? { audio: float('rows', 'positions', dimensions.width), audioMask: float('rows', 1, 1, 'positions') }
      : { logMel: float('rows', dimensions.bands, positions) }),
    tokens: whole('rows', 'n'),
    wanted: whole('counted'),
    next: whole('counted'),
    shares: float('counted'),
    ...(needsLabels(plan) && {
      labels: whole('counted'),
      continuing: whole('counted'),
      textShares: float('counted'),
      languageShares: float('counted'),
    }),
    ...(calibrator !== null && { heard: float('rows', 1, 'positions') }),
    ...(noisy &&
      losses.baseWeight > 0 && {
        baseTokens: whole('counted', bestOfBase),
        baseProbabilities: float('counted', bestOfBase),
      }),
    ...(noisy && dropout > 0 && targets.length > 0 && { kept: float('rows', sizes) }),
    ...(noisy && isVariational(plan) && { drawn: float('rows', targets.length * rank) }),
    ...(noisy && isConsistent(plan) && { melNoise: float('rows', dimensions.bands, positions) }),
    // An input, not a constant: ONNX Runtime 1.30 crashes where it reads back so narrow a matrix that it packed.
    ...((!noisy || needsInternal(losses) || losses.publishedLoss) && {
      tokenClasses: float(dimensions.vocabularySize, classes + 1),
    }),
    ...(!noisy && { temperature: float() }),
  };
}

/** Whether the classes of tokens take part in a loss. An evaluation tells them always. */
function needsLabels({ calibrator, losses }: StepPlan): boolean {
  return calibrator !== null || needsInternal(losses);
}
