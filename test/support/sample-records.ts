/**
 * An input and options for every operator, for the suite that all of them pass. Where the records by kind are enough, an
 * operator needs no entry here.
 */
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { isPorts } from '../../src/graphs/checking/record-kinds.ts';
import { encode } from '../../src/operators/encode.ts';
import type { AnyOperator } from '../../src/operators/define-operator.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type {
  AnyRecord,
  Encoding,
  Hypothesis,
  LogMel,
  Origin,
  RecordKind,
  RecordKinds,
  TrainingUtterance,
  Utterance,
  Waveform,
  WeightSetting,
  WindowCandidates,
} from '../../src/records.ts';
import { candidateOf, emptyList, type MadeToken } from './stored-lists.ts';
import { writeTinyModel } from './tiny-model.ts';

const PATH = 'fixtures/audio/cs_yesterday_zh_en.wav';

export const origin: Origin = {
  path: PATH,
  start: 0,
  duration: 1,
  reference: '昨天 yesterday',
  speaker: 'a',
  piece: null,
};

const utterance: Utterance = {
  kind: 'utterance',
  id: 'sample',
  path: PATH,
  start: 0,
  duration: 1,
  reference: '昨天 yesterday',
  language: 'zh-en',
  speaker: 'a',
};

/** A second of a tone that swells and fades, which every voice detector hears something in. */
const waveform: Waveform = {
  kind: 'waveform',
  id: 'sample',
  origin,
  samples: Float32Array.from({ length: 16_000 }, (_, n) => Math.sin((n / 16_000) * Math.PI) * Math.sin(n / 8) * 0.8),
  sampleRate: 16_000,
};

const logMel: LogMel = {
  kind: 'log-mel',
  id: 'sample',
  origin,
  values: Float32Array.from({ length: 80 * 80 }, (_, index) => Math.sin(index / 7)),
  tail: new Float32Array(80 * 4).fill(-1),
  bands: 80,
  frames: 80,
};

export const hypothesis: Hypothesis = {
  kind: 'hypothesis',
  id: 'sample',
  origin,
  model: 'tiny',
  language: 'zh',
  languageProbability: 0.9,
  languages: ['zh', 'en'],
  text: '昨天 yesterday',
  segments: [
    {
      start: 0,
      end: 1,
      text: '昨天 yesterday',
      tokens: [1, 2],
      tokenScores: [
        {
          token: 1,
          characters: 2,
          logProbability: -0.1,
          score: -0.2,
          language: 'zh',
          internal: [0.8, 0.1, 0.1],
          external: [0.7, 0.3],
        },
        {
          token: 2,
          characters: 10,
          logProbability: -0.3,
          score: -0.3,
          language: 'en',
          internal: [0, 0.9, 0.1],
          external: null,
        },
      ],
      seek: 0,
      temperature: 0,
      averageLogProbability: -0.2,
      compressionRatio: 1,
      noSpeechProbability: 0.1,
      words: [{ word: '昨天', start: 0, end: 0.5, probability: 0.9 }],
    },
  ],
  languageSpans: [
    { language: 'zh', text: '昨天', start: 0, end: 0.5, confidence: 0.8 },
    { language: 'en', text: ' yesterday', start: 0.5, end: 1, confidence: 0.9 },
  ],
  guardedWindows: 0,
  nBest: null,
};

/** One candidate of five bytes and the end, as the tiny model may write them. */
const sampleList: WindowCandidates = {
  ...emptyList,
  timestampBegin: 1000,
  candidates: [
    candidateOf('hijkl', [
      ...[72, 73, 74, 75, 76].map((token): MadeToken => ({
        token,
        characters: 1,
        logProbability: -0.5,
        language: 1,
        internal: [0.1, 0.8, 0.1],
        external: [0.2, 0.7, 0.1],
      })),
      { token: 260, logProbability: -0.1, language: 2, internal: [0, 0, 1], external: [0, 0, 1] },
    ]),
  ],
};

const weightSetting: WeightSetting = {
  kind: 'weight-setting',
  id: 'sample',
  rescore: 'internal',
  weight: 0.3,
  otherPolicy: 'class',
  fragmentPolicy: 'inherit',
  lengthPenalty: null,
  scoreWeights: ['lm=0.2'],
  profile: 'canonical',
  utterances: 2,
  errors: 3,
  units: 10,
  low: 0.1,
  high: 0.5,
  changed: 1,
};

/** Prompt, five bytes and the end, for the tiny model. */
export const trainingUtterance: TrainingUtterance = {
  kind: 'training-utterance',
  id: 'sample',
  origin,
  logMel: Float32Array.from({ length: 80 * 40 }, (_, index) => Math.sin(index / 7)),
  bands: 80,
  frames: 40,
  duration: 0.4,
  tokens: Int32Array.of(261, 262, 265, 269, 72, 73, 74, 75, 76, 260),
  promptLength: 4,
  classes: Uint8Array.of(2, 2, 2, 2, 1, 1, 1, 1, 1, 2),
};

const byKind: { readonly [K in RecordKind]?: RecordKinds[K] } = {
  utterance,
  waveform,
  'log-mel': logMel,
  hypothesis: { ...hypothesis, nBest: [sampleList] },
  'language-posterior': {
    kind: 'language-posterior',
    id: 'sample',
    origin,
    languages: ['zh', 'en'],
    probabilities: [0.9, 0.1],
  },
  speech: {
    kind: 'speech',
    id: 'sample',
    origin,
    samples: waveform.samples,
    sampleRate: 16_000,
    utterance: 1,
    endOfSpeech: 0.9,
    endsUtterance: true,
    level: -8,
    probability: 0.2,
  },
  'training-utterance': trainingUtterance,
  'weight-setting': weightSetting,
  batch: { kind: 'batch', id: 'sample', records: [trainingUtterance] },
  part: { kind: 'part', id: 'sample', path: 'sample.arrow', rows: 1, bytes: 100 },
  error: {
    kind: 'error',
    id: 'sample',
    node: 'n',
    code: 'test',
    message: 'No.',
    attempt: 1,
    path: PATH,
    source: 'sample',
    utterance: null,
  },
};

/** What the suite feeds an operator. */
export interface Sample {
  readonly options: Readonly<Record<string, unknown>>;
  /** A record, or the object of joined records; null for a source. */
  readonly input: unknown;
}

/** Options for operators that ask for one, by name. @param folder Lasts as long as the test. */
const asked: Readonly<Record<string, (folder: string) => Promise<Readonly<Record<string, unknown>>>>> = {
  'beam-search': tinyModel,
  'calibrate-language': tinyModel,
  'detect-language': tinyModel,
  encode: tinyModel,
  'force-reference': tinyModel,
  'label-language': async (folder) => ({ model: await writeTinyModel(join(folder, 'tiny')) }),
  listen: async () => ({ from: 'recording', path: PATH, pace: null }),
  'read-arrow': async (folder) => {
    const path = join(folder, 'sample.arrow');
    await lastValueFrom(from([hypothesis]).pipe(writeArrow({ path })));
    return { path };
  },
  'recognise-speech': tinyModel,
  'read-manifest': async () => ({ paths: [PATH] }),
  score: async () => ({ voice: 'energy' }),
  'score-reference': tinyModel,
  segment: async () => ({ by: 'energy' }),
  'train-step': async (folder) => ({
    model: await writeTinyModel(join(folder, 'tiny')),
    out: join(folder, 'run'),
    steps: 1,
    offline: true,
  }),
  'write-arrow': async (folder) => ({ path: join(folder, 'out.arrow') }),
  'write-text': async (folder) => ({ out: join(folder, 'text') }),
  'write-weights': async (folder) => ({ path: join(folder, 'weights.json') }),
};

async function tinyModel(folder: string): Promise<Readonly<Record<string, unknown>>> {
  return { model: await writeTinyModel(join(folder, 'tiny')), device: 'tfjs-cpu', offline: true };
}

export async function sampleFor({ description: { name, input } }: AnyOperator, folder: string): Promise<Sample> {
  const options = (await asked[name]?.(folder)) ?? {};
  if (input === null) return { options, input: null };
  if (input === 'any') return { options, input: utterance };
  if (!isPorts(input)) {
    const [kind] = [input].flat() as [RecordKind];
    return { options, input: await recordOf(kind, options) };
  }
  const joined: Record<string, AnyRecord> = {};
  for (const [port, kind] of Object.entries(input)) {
    joined[port] = await recordOf(kind.replace('?', '') as RecordKind, options);
  }
  return { options, input: joined };
}

async function recordOf(kind: RecordKind, options: Readonly<Record<string, unknown>>): Promise<AnyRecord> {
  if (kind === 'encoding') return encoded(options);
  const record = byKind[kind];
  if (record === undefined)
    throw new Error(`There is no sample of kind "${kind}": add one to test/support/sample-records.ts.`);
  return record;
}

/** States that fit the model that the operator is given. */
function encoded(options: Readonly<Record<string, unknown>>): Promise<Encoding> {
  return lastValueFrom(from([logMel]).pipe(encode(options)));
}
