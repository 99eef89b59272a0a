import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { UsageError } from '../../src/errors.ts';
import { beamSearch } from '../../src/operators/beam-search.ts';
import type { Encoding, Hypothesis, LanguagePosterior } from '../../src/records.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyEncoding } from '../support/tiny-encoding.ts';

/** The tiny model speaks noise: only the search at temperature 0 gives the same noise again, so nothing may be tried twice. */
const certain = {
  temperature: [0],
  logProbabilityThreshold: null,
  compressionRatioThreshold: null,
  noSpeechThreshold: null,
};

describe('beam-search', () => {
  const folder = temporaryFolder();
  let encoding: Encoding;
  before(async () => {
    encoding = await tinyEncoding(folder);
  });
  type Options = Parameters<typeof beamSearch>[0];
  const search = (options: Options = {}, language?: LanguagePosterior): Promise<Hypothesis> =>
    lastValueFrom(
      of({ encoding, ...(language && { language }) }).pipe(
        beamSearch({ model: encoding.model, ...certain, ...options }),
      ),
    );
  const posterior = (languages: string[], probabilities: number[]): LanguagePosterior => ({
    kind: 'language-posterior',
    id: encoding.id,
    origin: encoding.origin,
    languages,
    probabilities,
  });

  it('gives what transcribe gives, with times that count from the beginning of the recording', async () => {
    const { model, release } = await acquireModel(encoding.model, { device: 'auto' });
    const expected = await transcribe(model, encoding.logMel, {
      ...defaultTranscribeOptions,
      language: 'zh',
      temperatures: [0],
      logProbabilityThreshold: null,
      compressionRatioThreshold: null,
      noSpeechThreshold: null,
      wordTimestamps: true,
    });
    release();
    assert.ok(expected.segments.length > 0);
    const { segments, text, ...rest } = await search({ language: 'chinese', wordTimestamps: true });
    const { id, origin, model: name } = encoding;
    assert.deepEqual(rest, {
      kind: 'hypothesis',
      id,
      origin,
      model: name,
      language: 'zh',
      languageProbability: null,
      languages: ['zh', 'en'],
      languageSpans: expected.languageSpans,
      guardedWindows: 0,
      nBest: null,
    });
    assert.equal(text, expected.text);
    assert.deepEqual(
      segments.map(({ tokens }) => tokens),
      expected.segments.map(({ tokens }) => tokens),
    );
    segments.forEach(({ start, end, words }, i) => {
      assert.ok(Math.abs(start - expected.segments[i]!.start - 100) < 1e-9);
      assert.ok(Math.abs(end - expected.segments[i]!.end - 100) < 1e-9);
      assert.deepEqual(
        words?.map(({ word }) => word),
        expected.segments[i]!.words?.map(({ word }) => word),
      );
      words?.forEach(({ start: spoken }, k) =>
        assert.ok(Math.abs(spoken - expected.segments[i]!.words![k]!.start - 100) < 1e-9),
      );
    });
  });

  it('goes on behind the first window', async () => {
    const { segments } = await search({ language: 'zh' });
    const places = segments.map(({ seek }) => seek);
    assert.equal(places[0], 0);
    assert.ok(places.at(-1)! > 0 && places.at(-1)! < encoding.logMel.frames, String(places));
  });

  it('takes the language of its option, else of its port, else of the audio', async () => {
    const said = async (options: Options, language?: LanguagePosterior) => {
      const { language: tag, languageProbability } = await search(options, language);
      return [tag, languageProbability] as const;
    };
    assert.deepEqual(await said({ language: 'en' }, posterior(['zh', 'en'], [0.9, 0.1])), ['en', null]);
    assert.deepEqual(await said({}, posterior(['zh', 'en'], [0.9, 0.1])), ['zh', 0.9]);
    const [detected, probability] = await said({});
    assert.ok(['zh', 'en'].includes(detected) && probability! >= 0.5 && probability! < 1);
  });

  it('takes prompts of several languages, language terms, a calibrator by name, and n-best lists', async () => {
    const heard = posterior(['en', 'zh'], [0.6, 0.4]);
    const asked = { languagePrompt: 'mixture', rescore: 'replace', weight: 1, nBest: 2, guard: false } as const;
    const { language, languages, segments, nBest } = await search(
      { ...asked, calibrator: 'constant', prior: [0.25, 0.75] },
      heard,
    );
    assert.deepEqual([language, languages], ['en', ['zh', 'en']]);
    for (const { tokenScores } of segments) {
      for (const { external } of tokenScores) {
        const [zh, en] = external as [number, number];
        assert.ok(Math.abs(en - 3 * zh) < 1e-9, String(external));
      }
    }
    assert.ok(nBest!.length > 0 && nBest!.every(({ candidates }) => candidates.length === 2));
    const same = await search({ language: 'zh', languagePrompt: 'mixture', nBest: 1, guard: false });
    assert.deepEqual(
      same.segments.map(({ tokens }) => tokens),
      (await search({ language: 'zh', guard: false })).segments.map(({ tokens }) => tokens),
    );
    await assert.rejects(search({ ...asked, calibrator: 'nonesuch' }, heard), /no calibrator "nonesuch"/);
  });

  it('samples the same text again for the same seed', async () => {
    const sampled = async (seed: number) => (await search({ language: 'en', temperature: [1], seed })).text;
    assert.equal(await sampled(1), await sampled(1));
    assert.notEqual(await sampled(1), await sampled(2));
  });

  it('decodes a "fit" window that fails at every temperature once more in full, and says how many there were', async () => {
    const fit = await tinyEncoding(folder, 'fit');
    const short = { ...fit.logMel, values: new Float32Array(80 * 20), frames: 20 };
    const { positions, width } = fit;
    assert.equal(positions, 40);
    const cut = { ...fit, logMel: short, positions: 15, states: fit.states.slice(0, 15 * width) };
    const { model, release } = await acquireModel(encoding.model, { device: 'auto' });
    const asked = {
      ...defaultTranscribeOptions,
      language: 'en',
      window: fit.window,
      temperatures: [0, 1],
      noSpeechThreshold: null,
    };
    const { fullWindows } = await transcribe(model, short, { ...asked, logProbabilityThreshold: 0 }, { first: cut });
    assert.equal(fullWindows, 1);
    assert.equal(
      (await transcribe(model, short, { ...asked, logProbabilityThreshold: null }, { first: cut })).fullWindows,
      0,
    );
    release();
  });

  it('refuses options that contradict one another or are out of range', () => {
    assert.throws(
      () => beamSearch({ hallucinationSilenceThreshold: 2 }),
      /hallucinationSilenceThreshold: needs wordTimestamps/,
    );
    assert.throws(() => beamSearch({ language: 'klingon' }), /language: is no language/);
    assert.throws(() => beamSearch({ beamSize: 0 }), /beamSize/);
    assert.throws(() => beamSearch({ lengthPenalty: 2 }), /lengthPenalty/);
    assert.throws(() => beamSearch({ temperature: [] }), /temperature/);
  });

  it('refuses states of another model and a prefix that leaves no room', async () => {
    const usage = (says: RegExp) => (error: unknown) => error instanceof UsageError && says.test(error.message);
    await assert.rejects(search({ language: 'de' }), usage(/no language "de"; it knows en, zh/));
    await assert.rejects(search({ language: 'en', prefix: 'a long prefix' }), usage(/prefix has \d+ tokens/));
    encoding = { ...encoding, model: 'other' };
    const run = lastValueFrom(of({ encoding }).pipe(beamSearch({ model: (await tinyEncoding(folder)).model })));
    await assert.rejects(run, usage(/states of other/));
  });
});
