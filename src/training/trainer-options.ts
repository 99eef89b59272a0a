/** The options of training: what is trained, on which losses, and how it is stepped. Flat, so that each can be swept. */
import { z } from 'zod';
import { calibratorKinds } from '../language/calibrators/calibrator-file.ts';

/** What L_l compares the calibrator's q with (method-specs 1.6); see language-losses.ts. */
export const languageForms = ['cross-entropy', 'mse', 'model-to-calibrator', 'calibrator-to-model'] as const;

/** What L_var is (method-specs 4); see variational.ts. */
export const variationalForms = ['kl', 'mse', 'noise-consistency'] as const;

/** How the learning rate falls behind its warm-up. */
export const schedules = ['constant', 'linear', 'cosine'] as const;

export const trainerShape = {
  model: z
    .string()
    .min(1)
    .default('whisper-base-int8')
    .describe('Whisper model that stays as it is: a folder, a name under models/, or a hub id owner/name.'),
  precision: z
    .enum(['f32', 'int8'])
    .default('int8')
    .describe(
      "What products by the base's weights are computed in, forward and backward: int8 is what the model is used in, and faster.",
    ),
  startFrom: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Adapter that training goes on from: a name under models/adapters/ or a folder; null begins a new one. Its rank, alpha and targets must be those given here.',
    ),
  rank: z
    .int()
    .min(0)
    .max(512)
    .default(16)
    .describe('Rank of the low-rank matrices (LoRA); 0 trains no adapter, only a calibrator.'),
  alpha: z.number().positive().default(32).describe('The adapter adds alpha / rank times what its matrices compute.'),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Share of the features that a target reads which the adapter does not see, drawn for each utterance.'),
  targets: z
    .string()
    .min(1)
    .default(String.raw`\.(q|k|v|out)_proj$`)
    .describe(
      'Regular expression: linear maps with such a name get an adapter, as in decoder.layers.0.self_attn.q_proj.',
    ),
  parts: z
    .array(z.enum(['encoder', 'decoder']))
    .min(1)
    .default(['encoder', 'decoder'])
    .describe('Halves of the network whose linear maps may be targets.'),
  calibrator: z
    .enum(calibratorKinds)
    .nullable()
    .default(null)
    .describe('Language calibrator that is trained beside the adapter or alone; null trains none. Usual: acoustic.'),
  calibratorHidden: z.int().min(1).default(128).describe('Features of the hidden layer of a calibrator that has one.'),
  labelSmoothing: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.1)
    .describe('Share of the target that cross-entropy gives to all tokens alike instead of the reference token.'),
  tokenWeight: z.number().min(0).default(1).describe('Weight of the cross-entropy of the tokens, L_CE.'),
  languageForm: z.enum(languageForms).default('cross-entropy').describe('What the language loss L_l is.'),
  languageWeight: z.number().min(0).default(0).describe('alpha: weight of the language loss L_l.'),
  replacementWeight: z
    .number()
    .min(0)
    .default(0)
    .describe('Weight of L_R, the cross-entropy of the replaced score log p - log a + log q.'),
  variationalForm: z
    .enum(variationalForms)
    .default('kl')
    .describe('What the loss of the variational adapter L_var is.'),
  variationalWeight: z
    .number()
    .min(0)
    .default(0)
    .describe('beta: weight of L_var; above 0 the forms kl and mse make the adapter variational.'),
  publishedLoss: z
    .boolean()
    .default(false)
    .describe(
      'Take the loss of the published code instead: 2 log p + q against smoothed targets, and 5 times MSE of q.',
    ),
  baseWeight: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Weight of KL(base || adapted) over the tokens of guards, which keeps the model near the one it began as.',
    ),
  learningRate: z.number().positive().default(1e-3).describe('Highest learning rate of AdamW.'),
  schedule: z.enum(schedules).default('linear').describe('How the learning rate falls to 0 behind the warm-up.'),
  warmUp: z.int().min(0).default(30).describe('Steps in which the learning rate rises to its highest.'),
  steps: z.int().min(1).default(350).describe('Steps of the whole run, at whose end the learning rate is 0.'),
  weightDecay: z.number().min(0).default(0.01).describe('Decay of matrices in AdamW; vectors have none.'),
  clip: z.number().positive().default(1).describe('Largest norm of all gradients together; longer ones are shortened.'),
  atOnce: z
    .int()
    .min(1)
    .default(8)
    .describe('Utterances that are computed at once; gradients of larger batches are added up, to the same result.'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Decides over the first weights and all noise.'),
  maxRise: z
    .number()
    .positive()
    .default(2)
    .describe('A smoothed loss that stands so many nats above its best stops the run as diverged.'),
  encoderCache: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder for encoder states (float16), which are computed once for each utterance; only where the encoder is not trained and utterances do not change.',
    ),
  offline: z.boolean().default(false).describe('Refuse to fetch a model that is not on this machine.'),
  cacheFolder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Folder for models fetched from the hub and compiled graphs; null is .cache/diglot in the home folder.'),
};

/** Operators spread `trainerShape` into their options; this is the same as one schema. */
export const trainerOptions = z.strictObject(trainerShape);
export type TrainerOptions = z.output<typeof trainerOptions>;
