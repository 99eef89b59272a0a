/** What a trainer asks of its options before anything is loaded, and what follows from them. */
import { UsageError } from '../errors.ts';
import type { Dimensions } from '../whisper/dimensions.ts';
import { targetsOf, type Target } from './low-rank.ts';
import type { TrainerOptions } from './trainer-options.ts';

/** @throws UsageError `training`. */
export function checkOptions(options: TrainerOptions): void {
  const { rank, calibrator, languageWeight, replacementWeight, publishedLoss, encoderCache, parts } = options;
  const refuse = (why: string) => new UsageError('training', `${why}.`);
  if (rank === 0 && calibrator === null) throw refuse('Nothing is trained: give a rank above 0 or a calibrator');
  const needing = Object.entries({ languageWeight, replacementWeight, publishedLoss }).find(
    ([, value]) => Number(value) > 0,
  );
  if (needing !== undefined && calibrator === null) throw refuse(`${needing[0]} needs a calibrator: name one`);
  if (encoderCache !== null && rank > 0 && parts.includes('encoder')) {
    throw refuse('Encoder states are kept only where the encoder is not trained: let parts be ["decoder"]');
  }
  if (encoderCache !== null && options.variationalWeight > 0 && options.variationalForm === 'noise-consistency') {
    throw refuse('noise-consistency moves the sound, and encoderCache keeps what was heard without: choose one');
  }
}

/** @throws UsageError `training` when the pattern is none or matches nothing. */
export function chosenTargets({ rank, targets, parts }: TrainerOptions, dimensions: Dimensions): Target[] {
  if (rank === 0) return [];
  let pattern: RegExp;
  try {
    pattern = new RegExp(targets);
  } catch (error) {
    throw new UsageError('training', `targets: ${(error as Error).message}.`, { cause: error });
  }
  const found = targetsOf(dimensions, pattern, parts);
  if (found.length > 0) return found;
  const all = targetsOf(dimensions, /./, parts);
  throw new UsageError(
    'training',
    `No linear map has a name like ${targets}; the first is ${all[0]?.name ?? 'missing'}.`,
  );
}

/** What must be the same for a run to go on where it stood. */
export function decisive(options: TrainerOptions): Partial<TrainerOptions> {
  const {
    offline: _offline,
    cacheFolder: _cache,
    encoderCache: _encoder,
    maxRise: _rise,
    model: _model,
    ...rest
  } = options;
  return rest;
}
