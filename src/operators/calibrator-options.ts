/** The options by which every operator that needs external language evidence names and sets its calibrator. */
import { z } from 'zod';
import {
  defaultCalibratorOptions as defaults,
  type CalibratorOptions,
} from '../language/calibrators/load-calibrator.ts';

/** Spread into the options of an operator. */
export const calibratorOptions = {
  calibratorFloor: z
    .number()
    .min(0)
    .max(0.5)
    .nullable()
    .default(null)
    .describe(
      `Least probability that a calibrator without training gives a language, so that no evidence shuts one out. null: ${defaults.floor}, or what the operator needs it for has as its own.`,
    ),
  prior: z
    .array(z.number().min(0))
    .default([...defaults.prior])
    .describe('Calibrator "constant": the share of each language, in their order; empty makes them equal.'),
  switchRate: z
    .number()
    .min(0)
    .max(1)
    .default(defaults.switchRate)
    .describe('Calibrator "forward": probability that the language is drawn anew before a token.'),
  stretch: z
    .number()
    .min(0.1)
    .max(30)
    .default(defaults.stretch)
    .describe('Seconds of a stretch in which the language is detected by itself.'),
  hop: z.number().min(0.02).max(30).default(defaults.hop).describe('Seconds from one stretch to the next.'),
  stretchTemperature: z
    .number()
    .min(0.1)
    .max(100)
    .default(defaults.temperature)
    .describe('What the scores of a stretch are divided by: above 1 detection counts as less sure than it says.'),
};

/**
 * The parsed options as `loadCalibrator` takes them.
 * @param defaultFloor Least probability of a language where none is named.
 */
export function calibratorSettings(
  options: z.output<z.ZodObject<typeof calibratorOptions>>,
  defaultFloor = defaults.floor,
): CalibratorOptions {
  const { calibratorFloor, prior, switchRate, stretch, hop, stretchTemperature: temperature } = options;
  return { floor: calibratorFloor ?? defaultFloor, prior, switchRate, stretch, hop, temperature };
}
