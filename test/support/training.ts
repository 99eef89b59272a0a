/** What trainers of the tests are given: a tiny random model, and utterances whose texts can be told from their sound. */
import { languageSet } from '../../src/language/language-set.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { openTrainer, type TrainerContext } from '../../src/training/open-trainer.ts';
import { trainerOptions, type TrainerOptions } from '../../src/training/trainer-options.ts';
import type { Trainer, TrainingUtterance } from '../../src/training/trainer.ts';
import { tinyConfig, tinyWeights, writeTinyModel } from './tiny-model.ts';

export const tinySet = languageSet(['zh', 'en']);

/** The tiny model with output scores that can be far apart, so that a text can become nearly certain. @returns The folder. */
export function writeLearnableModel(folder: string): Promise<string> {
  const weights = tinyWeights();
  const embedding = 'model.decoder.embed_tokens.weight';
  weights.set(
    embedding,
    weights.get(embedding)!.map((value) => 4 * value),
  );
  return writeTinyModel(folder, { weights });
}

/** @param model Folder of the model. */
export function openTinyTrainer(
  model: string,
  options: Partial<TrainerOptions> = {},
  context: Partial<TrainerContext> = {},
): Promise<Trainer> {
  const all = trainerOptions.parse({
    model,
    // What tests compare is computed in floats elsewhere.
    precision: 'f32',
    rank: 4,
    alpha: 8,
    learningRate: 0.01,
    warmUp: 2,
    steps: 60,
    cacheFolder: model,
    ...options,
  });
  return openTrainer(all, { set: tinySet, ...context });
}

const texts = ['hello', 'heh', '中', '的he', 'a中', 'oh hello'];
const endOfText = 260;
const prompt = [261, 262];

/** The tiny vocabulary has the bytes in their order. */
const bytesOf = (text: string) => [...Buffer.from(text)];

/** One of `texts` by its number; the sound of a text is its own pattern with a little noise. */
export function tinyUtterance(index: number, frames = 24 + 4 * (index % 3)): TrainingUtterance {
  const text = texts[index % texts.length]!;
  const pattern = randomNumbers(1 + (index % texts.length));
  const noise = randomNumbers(1000 + index);
  const bands = tinyConfig.num_mel_bins;
  const levels = Array.from({ length: bands }, () => 2 * pattern() - 1);
  const logMel = Float32Array.from(
    { length: bands * frames },
    (_, place) => levels[Math.floor(place / frames)]! + 0.1 * noise(),
  );
  const tokens = Int32Array.from([...prompt, ...bytesOf(text), endOfText]);
  const classes = Uint8Array.from(tokens, (token) => (token >= 256 ? 2 : token >= 128 ? 0 : 1));
  return {
    id: `u${index}`,
    logMel,
    frames,
    duration: (frames - 8) / 100,
    tokens,
    promptLength: prompt.length,
    classes,
  };
}
