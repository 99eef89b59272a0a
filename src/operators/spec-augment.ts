/**
 * SpecAugment (Park et al. 2019, arXiv 1904.08779) on log-mel: bands and stretches of time are covered with the mean of
 * the utterance, so that no single one decides. Time warping is left out, as most recipes do; `augment` changes speed.
 * What is drawn depends on the seed and the id alone.
 */
import { z } from 'zod';
import { maskLogMel } from '../audio/mask-log-mel.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import { defineOperator } from './define-operator.ts';

export const specAugment = defineOperator(
  {
    name: 'spec-augment',
    summary: 'Covers random bands and stretches of a log-mel, so that training does not lean on any of them.',
    shape: 'each',
    input: 'log-mel',
    output: 'log-mel',
    options: z.strictObject({
      share: z.number().min(0).max(1).default(1).describe('Share of the utterances that are masked.'),
      bandMasks: z.int().min(0).max(20).default(2).describe('Masks of neighbouring bands.'),
      bands: z.int().min(0).max(128).default(15).describe('Bands of a mask, at most.'),
      timeMasks: z.int().min(0).max(100).default(2).describe('Masks of neighbouring frames.'),
      seconds: z.number().min(0).max(30).default(0.4).describe('Seconds of a mask of time, at most.'),
      timeShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe('Share of an utterance that a mask of time covers, at most: short ones would be lost.'),
      seed: z.int().default(1).describe('Decides, with the id, over the masks.'),
    }),
    checkpoint: 'stateless',
  },
  ({ share, seed, ...masks }) =>
    (logMel) => {
      const random = randomNumbersFor(seed, `mask ${logMel.id}`);
      return random() < share ? { ...logMel, ...maskLogMel(logMel, masks, random) } : logMel;
    },
);
