import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { defaultTranscribeOptions, type TranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { encodeWindow } from '../../src/decoding/windows.ts';
import { RecordError, UsageError } from '../../src/errors.ts';
import { toyLogMel, toyModel, toyTokenizer, type ToyModel } from '../support/toy-model.ts';
import { hashedModel, hashedLogMel, type HashedScores } from './hashed-model.ts';

interface Golden {
  readonly words: Readonly<Record<'latin' | 'han', readonly string[]>>;
  readonly cases: readonly {
    readonly model: HashedScores & { readonly frames: number; readonly script: 'latin' | 'han' };
    readonly options: Readonly<Record<string, never>>;
    readonly language: string;
    readonly text: string;
    readonly segments: readonly {
      readonly start: number;
      readonly end: number;
      readonly seek: number;
      readonly tokens: readonly number[];
      readonly avg: number;
      readonly nsp: number;
      readonly words: readonly (readonly [string, number, number, number])[] | null;
    }[];
  }[];
}

const golden = JSON.parse(readFileSync('fixtures/decoding/transcribe.json', 'utf8')) as Golden;

const names: Readonly<Record<string, keyof TranscribeOptions>> = {
  logprob_threshold: 'logProbabilityThreshold',
};

/** openai-whisper's keyword arguments under diglot's names. */
function optionsOf(given: Readonly<Record<string, unknown>>): TranscribeOptions {
  const entries = Object.entries(given).map(([name, value]) => [
    names[name] ?? name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  const options = Object.fromEntries(entries) as TranscribeOptions;
  return {
    ...defaultTranscribeOptions,
    ...options,
    guard: false,
    temperatures: [0],
    beamSize: options.beamSize ?? 1,
    patience: options.patience ?? 1,
  };
}

describe('transcribe', () => {
  for (const [i, { model, options, language, text, segments }] of golden.cases.entries()) {
    it(`gives openai-whisper's segments and words on toy recording ${i}: ${JSON.stringify(options)}`, async () => {
      const toy = hashedModel(golden.words[model.script], model);
      const result = await transcribe(toy, hashedLogMel(model.frames), optionsOf(options));
      assert.equal(toy.open(), 0);
      assert.equal(result.language, language);
      assert.deepEqual(
        result.segments.map(({ tokens }) => tokens),
        segments.map(({ tokens }) => tokens),
      );
      assert.equal(result.text, text.trim());
      result.segments.forEach((ours, at) => {
        const theirs = segments[at]!;
        const near = (a: number, b: number, tolerance: number, what: string): void =>
          assert.ok(Math.abs(a - b) <= tolerance, `segment ${at}: ${what} ${a}, not ${b}`);
        assert.equal(ours.seek, theirs.seek);
        near(ours.averageLogProbability, theirs.avg, 1e-4, 'mean log-probability');
        near(ours.noSpeechProbability, theirs.nsp, 1e-4, 'no-speech probability');
        near(ours.start, theirs.start, 0.0051, 'start');
        near(ours.end, theirs.end, 0.0051, 'end');
        assert.deepEqual(
          ours.words?.map(({ word }) => word),
          theirs.words?.map(([word]) => word),
        );
        ours.words?.forEach((word, k) => {
          const [, start, end, probability] = theirs.words![k]!;
          near(word.start, start, 0.0051, `word ${k} starts at`);
          near(word.end, end, 0.0051, `word ${k} ends at`);
          near(word.probability, probability, 1e-4, `probability of word ${k}`);
        });
      });
    });
  }
});

describe('transcribe, where the reference does not lead', () => {
  const words = [' a', ' b'];
  const { endOfText, timestampBegin } = toyTokenizer(words);
  const options = { ...defaultTranscribeOptions, guard: false, language: 'en', temperatures: [0] };
  /** One word a window, from 0 to 2 s. */
  const oneWord = (said: number): ToyModel =>
    toyModel({
      words,
      next: (tokens) => {
        const script = [timestampBegin, said, timestampBegin + 100, timestampBegin + 100, endOfText];
        const sampled = tokens.length - tokens.lastIndexOf(toyTokenizer(words).transcribe) - 1;
        return new Map([[script[sampled] ?? endOfText, 0]]);
      },
    });

  it('leaves clips alone that lie behind the end, and cuts those that reach over it', async () => {
    const { segments } = await transcribe(oneWord(0), toyLogMel(500), {
      ...options,
      clipTimestamps: [1, 2.5, 4, 90, 95, 99],
    });
    assert.deepEqual(
      segments.map(({ start, end }) => [start, end]),
      [
        [1, 3],
        [4, 6],
      ],
    );
  });

  it('gives an empty text for an empty recording', async () => {
    const { text, segments, language } = await transcribe(oneWord(0), toyLogMel(0), {
      ...options,
      window: { kind: 'fit', slack: 0 },
    });
    assert.deepEqual([text, segments, language], ['', [], 'en']);
  });

  it('stops in the midst of a window when the run is aborted, and frees the session', async () => {
    const aborter = new AbortController();
    const model = toyModel({
      words,
      next: (tokens) => {
        if (tokens.length > 20) aborter.abort();
        return new Map([[tokens.length % 2, 0]]);
      },
    });
    const run = transcribe(
      model,
      toyLogMel(9000),
      { ...options, withoutTimestamps: true },
      {
        signal: aborter.signal,
      },
    );
    await assert.rejects(run, { name: 'AbortError' });
    assert.ok(model.steps() < 40);
    assert.equal(model.open(), 0);
  });

  it('refuses features of the wrong kind, and scores that are no numbers', async () => {
    const model = toyModel({ words, next: () => new Float32Array(words.length + 1511).fill(NaN) });
    await assert.rejects(
      transcribe(model, { ...toyLogMel(10), bands: 80 }, options),
      (error) => error instanceof UsageError && /80 bands/.test(error.message),
    );
    await assert.rejects(
      transcribe(model, toyLogMel(10), options),
      (error) => error instanceof RecordError && error.code === 'not-finite',
    );
    assert.equal(model.open(), 0);
  });

  it('uses the states that it was given for the first window, and for no other', async () => {
    const model = oneWord(1);
    const first = await encodeWindow(model, toyLogMel(400), 0, 400, { kind: 'full' });
    await transcribe(model, toyLogMel(400), options, { first });
    // Windows at 0, 2 s; the first was encoded by the test.
    assert.equal(model.encoded.length, 2);
  });

  it('encodes no more than the audio and its slack where that is asked for', async () => {
    const model = oneWord(1);
    await transcribe(model, toyLogMel(301), { ...options, window: { kind: 'fit', slack: 1.5 } });
    assert.deepEqual(model.encoded, [452, 252]);
  });
});
