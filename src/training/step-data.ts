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

  /** The base's most probable tokens of guards, which alone are computed; probabilities of other utterances are 0. */
  async function baseOf(batch: readonly TrainingUtterance[], shares: StepShares, frames: number) {
    const counted = batch.map(countedTokens);
    const shape = [counted.reduce((a, b) => a + b, 0), bestOfBase];
    const tokens = new Int32Array(shape[0]! * bestOfBase);
    const likely = new Float32Array(tokens.length);
    const isGuard = (one: TrainingUtterance) => one.guard ?? isMonolingual(one, classes - 1);
    const guards = batch.filter(isGuard);
    if (guards.length > 0) {
      const given = {
        // As long as the whole batch: the zeros behind the audio are heard too.
        ...(keptStates === null ? { logMel: logMelOf(guards, dimensions, frames) } : await keptStates(guards)),
        ...tokensOf(guards, shares, languages, publishedLoss),
      };
      const { best, probabilities } = await steps.run('base', wanted('base', given));
      let [at, read] = [0, 0];
      batch.forEach((one, index) => {
        const length = counted[index]! * bestOfBase;
        if (isGuard(one)) {
          tokens.set(best!.values.subarray(read, read + length), at);
          likely.set(probabilities!.values.subarray(read, read + length), at);
          read += length;
        }
        at += length;
      });
    }
    return { baseTokens: { values: tokens, shape }, baseProbabilities: { values: likely, shape } };
  }

  /** Of what is given, what a function has an input for. */
  function wanted(name: StepName, given: Readonly<Record<string, NumberArray>>): Record<string, NumberArray> {
    const inputs = steps.inputsOf(name);
    return Object.fromEntries(Object.entries(given).filter(([key]) => key in inputs));
  }

  return async (name, batch, shares, place) => {
    const inputs = steps.inputsOf(name);
    const logMel = logMelOf(batch, dimensions);
    const frames = logMel.shape[2]!;
    return wanted(name, {
      logMel,
      tokenClasses,
      ...tokensOf(batch, shares, languages, publishedLoss),
      heard: heardOf(batch, frames / 2),
      ...noiseOf(inputs, sizes, { seed, ...place }, dropout, batch.length, logMel),
      ...(keptStates !== null && (await keptStates(batch))),
      ...('baseTokens' in inputs && (await baseOf(batch, shares, frames))),
    });
  };
}

/** [vocabulary, classes + 1] of 0 and 1: the class of each token; the last are those that go on with a character. */
function classMatrix({ classes, set }: TokenLanguages): NumberArray {
  const columns = set.classes.length + 1;
  const values = new Float32Array(classes.length * columns);
  classes.forEach((index, token) => (values[token * columns + index] = 1));
  return { values, shape: [classes.length, columns] };
}
