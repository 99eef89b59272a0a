/** Records of every kind, as fast-check makes them: any text, any finite number, matrices of the size that they say. */
import fc from 'fast-check';
import type * as records from '../../src/records.ts';
import type { CalibrationCounts, ErrorCounts, LanguageCounts, ScoreCounts } from '../../src/score-counts.ts';

/** Text that UTF-8 can hold: a lone surrogate is not a character. */
export const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' 你好 world', '😀\n\t\u0000', '"-->"'),
);

/** Objects as programs make them, with a prototype. */
export const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true });

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

const piece = record({ recording: text, index: fc.nat(9), more: fc.nat(9) }).map(
  ({ recording, index, more }): records.Piece => ({ recording, index, count: index + 1 + more }),
);

const gap = record({ start: seconds, duration: seconds, records: fc.nat(1000) });

export const origin: fc.Arbitrary<records.Origin> = record({
  path: text,
  start: seconds,
  duration: seconds,
  reference: maybe(text),
  speaker: maybe(text),
  piece: maybe(piece),
  gap: maybe(gap),
}).map(({ gap: hole, ...rest }) => (hole === null ? rest : { ...rest, gap: hole }));

function matrix(elements: number): fc.Arbitrary<Float32Array> {
  return fc.float32Array({ minLength: elements, maxLength: elements, noNaN: true, noDefaultInfinity: true });
}

const utterance: fc.Arbitrary<records.Utterance> = record({
  kind: fc.constant('utterance' as const),
  id: text,
  path: text,
  start: seconds,
  duration: maybe(seconds),
  reference: maybe(text),
  language: maybe(text),
  speaker: maybe(text),
});

const waveform: fc.Arbitrary<records.Waveform> = record({
  kind: fc.constant('waveform' as const),
  id: text,
  origin,
  samples: fc.float32Array({ maxLength: 50, noNaN: true, noDefaultInfinity: true }),
  sampleRate: fc.integer({ min: 1, max: 192_000 }),
});

const sizes = record({ bands: fc.nat(3), frames: fc.nat(5) });

const logMel: fc.Arbitrary<records.LogMel> = sizes.chain(({ bands, frames }) =>
  record({
    kind: fc.constant('log-mel' as const),
    id: text,
    origin,
    values: matrix(bands * frames),
    tail: matrix(bands * 4),
    bands: fc.constant(bands),
    frames: fc.constant(frames),
  }),
);

const window: fc.Arbitrary<records.Window> = fc.oneof(
  fc.constant({ kind: 'full' as const }),
  record({ kind: fc.constant('fit' as const), slack: seconds }),
);

const encoding: fc.Arbitrary<records.Encoding> = fc
  .tuple(logMel, fc.nat(3), fc.nat(4))
  .chain(([mel, positions, width]) =>
    record({
      kind: fc.constant('encoding' as const),
      id: fc.constant(mel.id),
      origin: fc.constant(mel.origin),
      model: text,
      window,
      states: matrix(positions * width),
      positions: fc.constant(positions),
      width: fc.constant(width),
      logMel: fc.constant(mel),
    }),
  );

const languagePosterior: fc.Arbitrary<records.LanguagePosterior> = record({
  id: text,
  origin,
  pairs: fc.array(fc.tuple(text, probability), { maxLength: 4 }),
  stretches: fc.option(fc.array(fc.tuple(seconds, seconds), { maxLength: 3 }), { nil: null }),
}).map(({ id, origin: from, pairs, stretches }) => {
  const probabilities = pairs.map(([, each]) => each);
  const posterior = {
    kind: 'language-posterior',
    id,
    origin: from,
    languages: pairs.map(([language]) => language),
    probabilities,
  } as const;
  if (stretches === null) return posterior;
  return {
    ...posterior,
    stretches: stretches.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b), probabilities })),
  };
});

export const word: fc.Arbitrary<records.Word> = record({ word: text, start: seconds, end: seconds, probability });

export const tokenScore: fc.Arbitrary<records.TokenScore> = record({
  token: fc.nat(51_865),
  characters: fc.nat(20),
  logProbability: finite,
  score: finite,
  language: text,
  internal: fc.array(probability, { maxLength: 3 }),
  external: maybe(fc.array(probability, { maxLength: 3 })),
});

export const segment: fc.Arbitrary<records.Segment> = record({
  start: seconds,
  end: seconds,
  text,
  tokens: fc.array(fc.nat(51_865), { maxLength: 5 }),
  tokenScores: fc.array(tokenScore, { maxLength: 5 }),
  seek: fc.nat(100_000),
  temperature: probability,
  averageLogProbability: finite,
  compressionRatio: finite,
  noSpeechProbability: probability,
  words: maybe(fc.array(word, { maxLength: 4 })),
});

const languageSpan: fc.Arbitrary<records.LanguageSpan> = record({
  language: text,
  text,
  start: seconds,
  end: seconds,
  confidence: probability,
});

/** Lists of `length` numbers each; empty arrays come back as empty arrays. */
const columnsOf = (length: number) => {
  const floats = (count: number) => fc.array(finite, { minLength: count, maxLength: count });
  const bytes = fc.uint8Array({ minLength: length, maxLength: length });
  return record({
    text,
    score: finite,
    ended: fc.boolean(),
    scores: floats(1).map((values) => Float64Array.from(values)),
    tokens: fc.int32Array({ minLength: length, maxLength: length }),
    characters: fc.int32Array({ minLength: length, maxLength: length, min: 0 }),
    logProbabilities: floats(length).map((values) => Float64Array.from(values)),
    tokenScores: floats(length).map((values) => Float64Array.from(values)),
    classes: bytes,
    internal: fc.float32Array({ minLength: 3 * length, maxLength: 3 * length, noNaN: true, noDefaultInfinity: true }),
    external: maybe(
      fc.float32Array({ minLength: 3 * length, maxLength: 3 * length, noNaN: true, noDefaultInfinity: true }),
    ),
    begins: bytes,
    exempt: fc.float32Array({ minLength: 3 * length, maxLength: 3 * length, noNaN: true, noDefaultInfinity: true }),
    powerSums: floats(6 * length).map((values) => Float64Array.from(values)),
  });
};

const windowCandidates: fc.Arbitrary<records.WindowCandidates> = record({
  seek: fc.nat(100_000),
  frames: fc.nat(3000),
  temperature: probability,
  noSpeechProbability: probability,
  timestampBegin: fc.nat(51_865),
  powers: fc.array(finite, { maxLength: 2 }),
  scoreNames: fc.array(text, { maxLength: 2 }),
  candidates: fc.array(fc.nat(3).chain(columnsOf), { maxLength: 3 }),
});

const unforced: fc.Arbitrary<records.Hypothesis> = record({
  kind: fc.constant('hypothesis' as const),
  id: text,
  origin,
  model: text,
  language: text,
  languageProbability: maybe(probability),
  languages: fc.array(text, { maxLength: 3 }),
  text,
  segments: fc.array(segment, { maxLength: 4 }),
  languageSpans: fc.array(languageSpan, { maxLength: 3 }),
  guardedWindows: fc.nat(9),
  nBest: maybe(fc.array(windowCandidates, { maxLength: 2 })),
});

const forcedTokens = fc.array(tokenScore, { maxLength: 3 });
const hypothesis: fc.Arbitrary<records.Hypothesis> = fc
  .tuple(unforced, maybe(record({ scores: forcedTokens, choices: forcedTokens })))
  .map(([made, forced]) => (forced === null ? made : { ...made, forced }));

const errors: fc.Arbitrary<ErrorCounts> = record({
  units: fc.nat(),
  hits: fc.nat(),
  substitutions: fc.nat(),
  deletions: fc.nat(),
  insertions: fc.nat(),
});

const calibration: fc.Arbitrary<CalibrationCounts> = record({
  negativeLogLikelihood: finite,
  decisions: fc.array(fc.nat(), { maxLength: 3 }),
  confidence: fc.array(finite, { maxLength: 3 }),
  correct: fc.array(fc.nat(), { maxLength: 3 }),
});

const languageDecisions = (languages: number): fc.Arbitrary<LanguageCounts> => {
  const cells = languages ** 2;
  return record({ calibration, confusion: fc.array(fc.nat(), { minLength: cells, maxLength: cells }) });
};

function scoreCounts(languages: number): fc.Arbitrary<ScoreCounts> {
  const times = <T>(value: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: length, maxLength: length });
  return record({
    utterances: fc.nat(),
    wrongUtterances: fc.nat(),
    foreignUtterances: fc.nat(),
    overall: errors,
    characters: errors,
    byClass: times(errors, languages + 1),
    stripped: times(errors, languages),
    nearSwitches: fc.array(errors, { maxLength: 3 }),
    interest: times(record({ units: fc.nat(), errors: fc.nat() }), languages),
    switches: fc.nat(),
    keptSwitches: fc.nat(),
    confusion: times(fc.nat(), (languages + 2) ** 2),
    spans: times(record({ kept: fc.nat(), mixed: fc.nat(), translated: fc.nat(), lost: fc.nat() }), languages),
    mixing: record({
      utterances: fc.nat(),
      units: times(fc.nat(), languages),
      codeMixingIndex: finite,
      codeMixingIndex2: finite,
      places: fc.nat(),
      spans: fc.nat(),
      spanUnits: fc.nat(),
      spanUnitsSquared: fc.maxSafeNat(),
    }),
    coverage: record({ utterances: fc.nat(), speech: seconds, uncovered: seconds }),
    tokens: fc.nat(),
    tokenNegativeLogLikelihood: finite,
    unitCalibration: calibration,
    internalCalibration: calibration,
    externalCalibration: calibration,
    forced: record({
      tokens: calibration,
      internal: languageDecisions(languages),
      external: languageDecisions(languages),
    }),
  });
}

const alignedUnit: fc.Arbitrary<records.AlignedUnit> = record({
  operation: fc.constantFrom('hit', 'substitution', 'deletion', 'insertion'),
  reference: maybe(text),
  hypothesis: maybe(text),
  referenceLanguage: maybe(text),
  hypothesisLanguage: maybe(text),
  distanceToSwitch: maybe(fc.nat(99)),
  start: maybe(seconds),
  end: maybe(seconds),
  confidence: maybe(probability),
  internal: maybe(fc.array(probability, { maxLength: 3 })),
  external: maybe(fc.array(probability, { maxLength: 3 })),
});

const score: fc.Arbitrary<records.Score> = fc.array(text, { maxLength: 3 }).chain((languages) =>
  record({
    kind: fc.constant('score' as const),
    id: text,
    origin,
    system: text,
    profile: text,
    languages: fc.constant(languages),
    utteranceType: text,
    reference: text,
    hypothesis: text,
    alignment: fc.array(alignedUnit, { maxLength: 4 }),
    counts: scoreCounts(languages.length),
  }),
);

const part: fc.Arbitrary<records.Part> = record({
  kind: fc.constant('part' as const),
  id: text,
  path: text,
  rows: fc.maxSafeNat(),
  bytes: fc.maxSafeNat(),
});

const error: fc.Arbitrary<records.ErrorRow> = record({
  kind: fc.constant('error' as const),
  id: text,
  node: text,
  code: text,
  message: text,
  attempt: fc.integer({ min: 1, max: 100 }),
  path: maybe(text),
  source: text,
  utterance: maybe(utterance),
}).map((row) => ({ ...row, utterance: row.utterance && { ...row.utterance, id: row.source } }));

const trainingUtterance: fc.Arbitrary<records.TrainingUtterance> = fc
  .tuple(sizes, fc.nat(6), fc.nat(6))
  .chain(([{ bands, frames }, length, prompt]) =>
    record({
      kind: fc.constant('training-utterance' as const),
      id: text,
      origin,
      logMel: matrix(bands * frames),
      bands: fc.constant(bands),
      frames: fc.constant(frames),
      duration: seconds,
      tokens: fc.int32Array({ minLength: length, maxLength: length }),
      promptLength: fc.constant(Math.min(prompt, length)),
      classes: fc.uint8Array({ minLength: length, maxLength: length }),
    }),
  );

const losses: fc.Arbitrary<records.TrainingLosses> = record({
  total: finite,
  tokens: finite,
  language: finite,
  replacement: finite,
  variational: finite,
  base: finite,
});

const heldOutCheck: fc.Arbitrary<records.HeldOutCheck> = record({
  losses,
  errors: fc.nat(),
  units: fc.nat(),
  texts: fc.array(record({ id: text, reference: text, text, errors: fc.nat(), units: fc.nat() }), { maxLength: 3 }),
  forced: record({ tokens: calibration, internal: languageDecisions(2), external: languageDecisions(2) }),
  isBest: fc.boolean(),
});

const trainingStep: fc.Arbitrary<records.TrainingStep> = record({
  kind: fc.constant('training-step' as const),
  id: text,
  step: fc.nat(),
  losses,
  gradientNorm: finite,
  learningRate: finite,
  tokens: fc.nat(),
  seconds,
  utterances: fc.array(text, { maxLength: 3 }),
  check: maybe(heldOutCheck),
});

const weightSetting: fc.Arbitrary<records.WeightSetting> = record({
  kind: fc.constant('weight-setting' as const),
  id: text,
  rescore: text,
  weight: finite,
  otherPolicy: text,
  fragmentPolicy: text,
  lengthPenalty: maybe(finite),
  scoreWeights: fc.array(text, { maxLength: 2 }),
  profile: text,
  utterances: fc.nat(),
  errors: fc.nat(),
  units: fc.nat(),
  low: maybe(finite),
  high: maybe(finite),
  changed: fc.nat(),
});

const liveText = {
  id: text,
  origin,
  utterance: fc.nat(1000),
  text,
  words: fc.array(
    record<records.LiveWord>({
      word: text,
      start: seconds,
      end: seconds,
      probability,
      language: text,
      internal: fc.array(probability, { maxLength: 3 }),
      external: maybe(fc.array(probability, { maxLength: 3 })),
    }),
    { maxLength: 4 },
  ),
  language: text,
  languages: fc.array(text, { maxLength: 3 }),
  languageSpans: fc.array(languageSpan, { maxLength: 3 }),
  confidence: probability,
  emittedAt: seconds,
  heardUntil: seconds,
};

const partial: fc.Arbitrary<records.PartialText> = record({ kind: fc.constant('partial' as const), ...liveText });

const final: fc.Arbitrary<records.FinalText> = record({
  kind: fc.constant('final' as const),
  ...liveText,
  endsUtterance: fc.boolean(),
  endOfSpeech: maybe(seconds),
});

export const recordsByKind = {
  encoding,
  error,
  final,
  hypothesis,
  'language-posterior': languagePosterior,
  'log-mel': logMel,
  part,
  partial,
  score,
  'training-step': trainingStep,
  'training-utterance': trainingUtterance,
  utterance,
  waveform,
  'weight-setting': weightSetting,
} as const;
