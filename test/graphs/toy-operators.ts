/** Operators without behaviour, for tests of files and plans: kinds and options are all that counts. */
import { z } from 'zod';
import { defineOperator, type AnyOperator } from '../../src/operators/define-operator.ts';

const path = z.string().min(1).describe('A file.');

const readManifest = defineOperator(
  {
    name: 'read-manifest',
    summary: 'Reads a manifest.',
    shape: 'expand',
    input: null,
    output: 'utterance',
    options: z.strictObject({ path: z.union([path, z.array(path).min(1)]).describe('Manifest files.') }),
  },
  () => () => [],
);

const readAudio = defineOperator(
  {
    name: 'read-audio',
    summary: 'Reads audio.',
    shape: 'each',
    input: 'utterance',
    output: 'waveform',
    options: z.strictObject({
      channel: z
        .union([z.literal('mix'), z.int().min(0)])
        .default('mix')
        .describe('Which channel.'),
    }),
  },
  () => () => undefined,
);

const resample = defineOperator(
  {
    name: 'resample',
    summary: 'Changes the sample rate.',
    shape: 'each',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      sampleRate: z.int().min(8000).max(192_000).default(16_000).describe('Hz to give.'),
    }),
  },
  () => () => undefined,
);

const logMel = defineOperator(
  {
    name: 'log-mel',
    summary: 'Makes log-mel features.',
    shape: 'each',
    input: 'waveform',
    output: 'log-mel',
    options: z.strictObject({ bands: z.literal([80, 128]).default(80).describe('Mel bands.') }),
  },
  () => () => undefined,
);

const encode = defineOperator(
  {
    name: 'encode',
    summary: 'Runs the encoder.',
    shape: 'each',
    input: 'log-mel',
    output: 'encoding',
    options: z.strictObject({
      model: z.string().min(1).describe('Folder or name of the model.'),
      window: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('full') }),
          z.strictObject({ kind: z.literal('fit'), slack: z.number().min(0).default(4).describe('Seconds.') }),
        ])
        .default({ kind: 'full' })
        .describe('How much audio to encode.'),
    }),
  },
  () => () => undefined,
);

const detectLanguage = defineOperator(
  {
    name: 'detect-language',
    summary: 'Detects the language.',
    shape: 'each',
    input: 'encoding',
    output: 'language-posterior',
    options: z.strictObject({ among: z.array(z.string().min(2)).nullable().default(null).describe('Languages.') }),
  },
  () => () => undefined,
);

const beamSearch = defineOperator(
  {
    name: 'beam-search',
    summary: 'Decodes.',
    shape: 'each',
    input: { encoding: 'encoding', language: 'language-posterior?' },
    output: 'hypothesis',
    options: z.strictObject({
      beamSize: z.int().min(1).max(64).default(5).describe('Beams.'),
      patience: z.number().positive().nullable().default(null).describe('Patience.'),
      temperature: z
        .union([z.number().min(0).max(1), z.array(z.number().min(0).max(1)).min(1)])
        .default(0)
        .describe('Temperatures.'),
      task: z.enum(['transcribe', 'translate']).default('transcribe').describe('Task.'),
      prompt: z
        .string()
        .refine((text) => !text.includes('<|'), 'special tokens cannot stand in a prompt')
        .default('')
        .describe('Prompt.'),
    }),
  },
  () => () => undefined,
);

const filter = defineOperator(
  {
    name: 'filter',
    summary: 'Lets some records pass.',
    shape: 'each',
    input: 'any',
    output: 'same',
    options: z.strictObject({ longest: z.number().positive().default(30).describe('Seconds.') }),
  },
  () => () => undefined,
);

const batch = defineOperator(
  {
    name: 'batch',
    summary: 'Holds records together.',
    shape: 'gather',
    input: 'any',
    output: 'batch',
    options: z.strictObject({
      size: z.int().min(1).default(4).describe('Records.'),
      seconds: z.number().positive().nullable().default(null).describe('Time limit.'),
    }),
    holds: ({ size }) => size,
    waitSeconds: ({ seconds }) => seconds,
  },
  () => ({ add: () => [], flush: () => [] }),
);

const score = defineOperator(
  {
    name: 'score',
    summary: 'Takes two kinds.',
    shape: 'each',
    input: ['hypothesis', 'utterance'],
    output: 'part',
    sink: true,
    options: z.strictObject({}),
  },
  () => () => undefined,
);

const writeArrow = defineOperator(
  {
    name: 'write-arrow',
    summary: 'Writes Arrow.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    options: z.strictObject({
      path: z.string().min(1).describe('The file.'),
      ifAny: z.boolean().default(false).describe('Only with rows.'),
    }),
  },
  () => ({ add: () => [], flush: () => [] }),
);

export const toyOperators: readonly AnyOperator[] = [
  batch,
  beamSearch,
  detectLanguage,
  encode,
  filter,
  logMel,
  readAudio,
  readManifest,
  resample,
  score,
  writeArrow,
];
