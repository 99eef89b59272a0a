/** What the functions of step-graph.ts read of utterances, made when a step is computed. */
import type { TokenLanguages } from '../language/token-language.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';
import { countedTokens, heardOf, isMonolingual, logMelOf, tokensOf, type StepShares } from './batch.ts';
import type { CompiledSteps, StepName } from './compiled-steps.ts';
import { encoderCache } from './encoder-cache.ts';
import { noiseOf } from './noise.ts';
import { bestOfBase, type StepPlan } from './step-plan.ts';
import type { TrainerOptions } from './trainer-options.ts';
import type { TrainingUtterance } from './trainer.ts';

export type StepData = (
  name: StepName,
  batch: readonly TrainingUtterance[],
  shares: StepShares,
  /** What the noise is drawn for: the step, and which part of its batch. */
  place: { readonly step: number; readonly part: number },
) => Promise<Record<string, NumberArray>>;

/** @param sha256 Of the base's weights. */
export function stepData(
  { dimensions, targets, rank, classes }: Omit<StepPlan, 'base'>,
  steps: CompiledSteps,
  languages: TokenLanguages,
  sha256: string,
  { seed, dropout, publishedLoss, encoderCache: folder }: TrainerOptions,
): StepData {
  const tokenClasses = classMatrix(languages);
  const sizes = { features: targets.reduce((sum, { input }) => sum + input, 0), narrow: targets.length * rank };
  const keptStates =
    folder === null
      ? null
      : encoderCache(folder, sha256, dimensions.width, async (utterance) => {
          const { states } = await steps.run('encoder', { logMel: logMelOf([utterance], dimensions) });
          return states!.values as Float32Array;
        });

  /** The base's most probable tokens of guards; probabilities of other utterances are 0. */
  async function baseOf(batch: readonly TrainingUtterance[], data: Readonly<Record<string, NumberArray>>) {
    const counted = batch.map(countedTokens);
    const shape = [counted.reduce((a, b) => a + b, 0), bestOfBase];
    const isGuard = (one: TrainingUtterance) => one.guard ?? isMonolingual(one, classes - 1);
    if (!batch.some(isGuard)) {
      const size = shape[0]! * bestOfBase;
      return {
        baseTokens: { values: new Int32Array(size), shape },
        baseProbabilities: { values: new Float32Array(size), shape },
      };
    }
    const fed = Object.fromEntries(Object.keys(steps.inputsOf('base')).map((name) => [name, data[name]!]));
    const { best, probabilities } = await steps.run('base', fed);
    const values = probabilities!.values as Float32Array;
    let at = 0;
    batch.forEach((one, index) => {
      const end = at + counted[index]! * bestOfBase;
      if (!isGuard(one)) values.fill(0, at, end);
      at = end;
    });
    return { baseTokens: { values: best!.values, shape }, baseProbabilities: { values, shape } };
  }

  // Of what is made here a function takes what it has an input for.
  return async (name, batch, shares, place) => {
    const inputs = steps.inputsOf(name);
    const logMel = logMelOf(batch, dimensions);
    const made: Record<string, NumberArray> = {
      logMel,
      tokenClasses,
      ...tokensOf(batch, shares, languages, publishedLoss),
      heard: heardOf(batch, logMel.shape[2]! / 2),
      ...noiseOf(inputs, sizes, { seed, ...place }, dropout, batch.length, logMel),
    };
    if (keptStates !== null) Object.assign(made, await keptStates(batch));
    if ('baseTokens' in inputs) Object.assign(made, await baseOf(batch, made));
    return Object.fromEntries(Object.entries(made).filter(([key]) => key in inputs));
  };
}

/** [vocabulary, classes + 1] of 0 and 1: the class of each token; the last are those that go on with a character. */
function classMatrix({ classes, set }: TokenLanguages): NumberArray {
  const columns = set.classes.length + 1;
  const values = new Float32Array(classes.length * columns);
  classes.forEach((index, token) => (values[token * columns + index] = 1));
  return { values, shape: [classes.length, columns] };
}
