/**
 * Whisper's encoder over the first window of a recording: log-mel in, states out, one every 20 ms. The log-mel stays
 * with them, because the windows that follow begin where the decoder says.
 */
import { z } from 'zod';
import { encodeWindow } from '../decoding/windows.ts';
import { UsageError } from '../errors.ts';
import type { Window } from '../records.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';

export const encode = defineOperator(
  {
    name: 'encode',
    summary: "Encodes the first window of a recording into the states that Whisper's decoder listens to.",
    shape: 'each',
    input: 'log-mel',
    output: 'encoding',
    incidental: incidentalModelOptions,
    options: z.strictObject({
      ...modelOptions,
      window: z
        .enum(['full', 'fit'])
        .default('full')
        .describe(
          'How much is encoded: 30 s as the reference does, or only the audio and its slack, which is quicker for short ones.',
        ),
      slack: z
        .number()
        .min(0)
        .max(30)
        .default(4)
        .describe('Seconds of silence behind the audio in a "fit" window; below 4 the decoder begins to loop.'),
    }),
    checkpoint: 'stateless',
  },
  async (options, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const window: Window = options.window === 'full' ? { kind: 'full' } : { kind: 'fit', slack: options.slack };
    const { facts } = model;
    return async (logMel) => {
      if (logMel.bands !== facts.bands) {
        throw new UsageError(
          'bands',
          `encode: ${model.facts.name} hears ${facts.bands} bands and is given ${logMel.bands}; set "bands" of log-mel to ${facts.bands}.`,
        );
      }
      const frames = Math.min(2 * facts.audioPositions, logMel.frames);
      const { states, positions } = await encodeWindow(model, logMel, 0, frames, window);
      const { id, origin } = logMel;
      return {
        kind: 'encoding',
        id,
        origin,
        model: model.facts.name,
        window,
        states,
        positions,
        width: facts.width,
        logMel,
      };
    };
  },
);
