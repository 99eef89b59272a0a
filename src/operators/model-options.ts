/** The options by which every operator that needs a speech model names it. */
import { z } from 'zod';
import { deviceNames } from '../tensors/backend.ts';
import { computePrecisions } from '../whisper/weights.ts';

/** Those that say where a model comes from and what computes, and not what comes out. */
export const incidentalModelOptions = ['device', 'offline', 'cacheFolder'] as const;

/** Spread into the options of an operator. */
export const modelOptions = {
  model: z
    .string()
    .min(1)
    .default('whisper-base-int8')
    .describe(
      'Whisper model: a folder, a name under models/, or a hub id owner/name. The same for all nodes of a graph.',
    ),
  adapter: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Adapters that are added to the weights, together: folders in PEFT layout, or names under models/adapters/; name@0.7 adds 0.7 of one. The same for all nodes of a graph.',
    ),
  device: z
    .enum(['auto', ...deviceNames])
    .default('auto')
    .describe(
      'What computes: cpu, webgpu and cuda are ONNX Runtime. auto takes cuda where it is installed, else cpu, else what runs here; the choice is printed.',
    ),
  precision: z
    .enum(computePrecisions)
    .default('f32')
    .describe('What products by weights are computed in on the device cpu; the other devices compute in f32.'),
  offline: z.boolean().default(false).describe('Refuse to fetch a model that is not on this machine.'),
  cacheFolder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Folder for models fetched from the hub; null is .cache/diglot in the home folder.'),
};
