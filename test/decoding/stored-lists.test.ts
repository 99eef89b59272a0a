import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { lastValueFrom, of } from 'rxjs';
import { decodeAudio } from '../../src/audio/decode.ts';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { reranker } from '../../src/decoding/rerank.ts';
import { scoreTokens } from '../../src/decoding/score-tokens.ts';
import { shortlistFor } from '../../src/decoding/shortlist.ts';
import {
  chooseLanguages,
  evidenceNeeded,
  openScorer,
  type LanguageOptions,
} from '../../src/decoding/spoken-languages.ts';
import { storedList } from '../../src/decoding/stored-lists.ts';
import { encodeWindow, type States } from '../../src/decoding/windows.ts';
import { loadCalibrator } from '../../src/language/calibrators/load-calibrator.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { rescoringModes } from '../../src/language/language-terms.ts';
import type { RescoringOptions } from '../../src/language/rescoring.ts';
import { storedTerms } from '../../src/language/stored-terms.ts';
import { readArrow } from '../../src/operators/read-arrow.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import type { Hypothesis, WindowCandidates } from '../../src/records.ts';
import { acquireModel, type AcquiredModel } from '../../src/whisper/load-model.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { hypothesis } from '../support/sample-records.ts';

describe('n-best lists of the embedded model, read back from Arrow', function () {
  this.timeout(300_000);
  const folder = folderPerTest();
  let acquired: AcquiredModel;
  let window: States;
  let frames = 0;
  before(async () => {
    acquired = await acquireModel('whisper-base-int8', { device: 'auto' });
    const path = 'fixtures/audio/cs_yesterday_zh_en.wav';
    const { channels } = await decodeAudio(await readFile(path), path);
    const logMel = melSpectrogram(channels[0]!, 80);
    frames = logMel.frames;
    window = await encodeWindow(acquired.model, logMel, 0, frames, { kind: 'fit', slack: 4 });
  });
  after(() => acquired.release());

  /** A search under the terms, and what its n-best list is after a way through a file. */
  async function searched(
    languagePrompt: LanguageOptions['languagePrompt'],
    rescoring: RescoringOptions,
    named = 'acoustic',
  ) {
    const { model } = acquired;
    const calibrator = await loadCalibrator(named, model, languageSet());
    const mixtureWeights = languagePrompt === 'mixture' ? await loadCalibrator('detected', model, languageSet()) : null;
    const languages: LanguageOptions = {
      language: null,
      languages: ['zh', 'en'],
      languagePrompt,
      rescoring,
      calibrator,
      mixtureWeights,
    };
    const spoken = await chooseLanguages(model, languages, null, () => Promise.resolve(window));
    const shortlist = shortlistFor(model.tokenizer, spoken, { ...defaultTranscribeOptions, ...languages });
    const session = await model.openDecoder(window.states, window.positions, {
      ...evidenceNeeded(spoken),
      shortlist,
    });
    const open = (terms: RescoringOptions) =>
      openScorer(model, session, { ...window, heard: window.positions }, spoken, terms, false);
    const options = { ...defaultTranscribeOptions, tags: spoken.tags, temperature: 0, beamSize: 5 };
    const tools = { session, model, shortlist, random: randomNumbers(0), loopRatio: null };
    const result = await decodeWindow({ ...tools, scorer: await open(rescoring) }, options);
    const listing = { tokenizer: model.tokenizer, set: languageSet(), nBest: 5 };
    const list = await throughArrow(storedList(result, { seek: 0, frames }, listing));
    const scoreUnder = async (terms: RescoringOptions, tokens: readonly number[]) =>
      (await scoreTokens({ model, session, scorer: await open(terms) }, options, tokens)).scores;
    return { list, result, scoreUnder, close: () => session.dispose() };
  }

  async function throughArrow(list: WindowCandidates): Promise<WindowCandidates> {
    const path = folder('lists.arrow');
    await lastValueFrom(of({ ...hypothesis, nBest: [list] }).pipe(writeArrow({ path })));
    const read = await lastValueFrom(readArrow({ path }));
    return (read as Hypothesis).nBest![0]!;
  }

  for (const languagePrompt of ['single', 'mixture'] as const) {
    for (const mode of languagePrompt === 'single' ? rescoringModes : (['replace', 'published'] as const)) {
      for (const fragmentPolicy of languagePrompt === 'single' ? (['inherit', 'once'] as const) : (['once'] as const)) {
        it(`give the beam's own scores and order to 1e-5: ${mode}, ${fragmentPolicy}, prompt ${languagePrompt} (I15)`, async () => {
          const rescoring = { mode, weight: 0.5, otherPolicy: 'neutral', fragmentPolicy } as const;
          const { list, result, close } = await searched(languagePrompt, rescoring);
          close();
          const score = storedTerms(rescoring, 3, list.powers);
          assert.equal(list.candidates.length, result.candidates.length);
          list.candidates.forEach((candidate, at) => {
            const own = new Float64Array(candidate.tokens.length);
            const found = score(candidate, own);
            const { score: expected, tokenScores } = result.candidates[at]!;
            assert.ok(Math.abs(found - expected) < 1e-5, `${found}, not ${expected}`);
            tokenScores.forEach((token, i) => assert.ok(Math.abs(own[i]! - token.score) < 1e-5, `token ${i}`));
          });
          const { best } = reranker({ rescoring, lengthPenalty: null, scoreWeights: {} });
          assert.equal(best(list, 3), 0);
        });
      }
    }

    it(`of a plain search give what the model gives the same texts under every other mode, weight and policy, prompt ${languagePrompt}`, async () => {
      const plain = { mode: 'plain', weight: 0, otherPolicy: 'class', fragmentPolicy: 'inherit' } as const;
      const { list, scoreUnder, close } = await searched(languagePrompt, plain, 'detected');
      for (const mode of ['internal', 'external', 'replace'] as const) {
        for (const [weight, fragmentPolicy] of [
          [0.3, 'inherit'],
          [1, 'once'],
        ] as const) {
          const terms = { mode, weight, otherPolicy: 'class', fragmentPolicy } as const;
          const score = storedTerms(terms, 3, list.powers);
          for (const candidate of list.candidates.slice(1, 2)) {
            const expected = (await scoreUnder(terms, [...candidate.tokens])).reduce((sum, one) => sum + one.score, 0);
            const found = score(candidate);
            const difference = Math.abs(found - expected) / candidate.tokens.length;
            assert.ok(difference < 1e-5, `${mode} at ${weight}, ${fragmentPolicy}: ${found}, not ${expected}`);
          }
        }
      }
      close();
    });
  }
});
