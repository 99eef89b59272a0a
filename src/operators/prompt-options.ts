/** The options that decide behind which tokens a window is decoded, and which tokens may come. */
import { z } from 'zod';
import { defaultTranscribeOptions as defaults } from '../decoding/options.ts';

/** Spread into the options of an operator. */
export const promptOptions = {
  task: z
    .enum(['transcribe', 'translate'])
    .default(defaults.task)
    .describe('Write what is said, or translate it to English.'),
  conditionOnPreviousText: z
    .boolean()
    .default(defaults.conditionOnPreviousText)
    .describe('Decode a window behind the text of the windows before it.'),
  initialPrompt: z
    .string()
    .nullable()
    .default(defaults.initialPrompt)
    .describe('Text that the first window is decoded behind: names and words to expect.'),
  carryInitialPrompt: z
    .boolean()
    .default(defaults.carryInitialPrompt)
    .describe('Put the initial prompt before every window.'),
  prefix: z
    .string()
    .nullable()
    .default(defaults.prefix)
    .describe('Text that the transcript of every window starts with.'),
  suppressTokens: z
    .array(z.int().min(-1))
    .default([...defaults.suppressTokens])
    .describe('Token ids that are never written; -1 stands for symbols that annotate instead of transcribing.'),
  suppressBlank: z
    .boolean()
    .default(defaults.suppressBlank)
    .describe('Keep a transcript from beginning with a space or its end.'),
  sampleLength: z
    .int()
    .min(1)
    .nullable()
    .default(defaults.sampleLength)
    .describe("Most tokens written in a window; null is half of the model's text positions (224)."),
  withoutTimestamps: z
    .boolean()
    .default(defaults.withoutTimestamps)
    .describe('Write no timestamps. Each window is then one segment, and words cut in two at its end are lost.'),
  maxInitialTimestamp: z
    .number()
    .min(0)
    .nullable()
    .default(defaults.maxInitialTimestamp)
    .describe('Latest first timestamp of a window, seconds; null or 0 sets no limit.'),
};
