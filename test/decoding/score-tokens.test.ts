import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { decodeAudio } from '../../src/audio/decode.ts';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { languageScorer } from '../../src/decoding/language-scorer.ts';
import { oracle } from '../../src/decoding/oracle.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import type { Scorer } from '../../src/decoding/scorer.ts';
import { scoreTokens } from '../../src/decoding/score-tokens.ts';
import { shortlistFor } from '../../src/decoding/shortlist.ts';
import {
  chooseLanguages,
  evidenceNeeded,
  openScorer,
  type LanguageOptions,
} from '../../src/decoding/spoken-languages.ts';
import { encodeWindow, type States } from '../../src/decoding/windows.ts';
import { loadCalibrator } from '../../src/language/calibrators/load-calibrator.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { rescoringModes } from '../../src/language/language-terms.ts';
import { tokenLanguages } from '../../src/language/token-language.ts';
import { acquireModel, type AcquiredModel } from '../../src/whisper/load-model.ts';

describe('teacher-forced scores with real weights', function () {
  this.timeout(300_000);
  let acquired: AcquiredModel;
  let window: States;
  before(async () => {
    acquired = await acquireModel('whisper-base-int8', { device: 'auto' });
    const path = 'fixtures/audio/cs_yesterday_zh_en.wav';
    const { channels } = await decodeAudio(await readFile(path), path);
    const logMel = melSpectrogram(channels[0]!, 80);
    window = await encodeWindow(acquired.model, logMel, 0, logMel.frames, { kind: 'fit', slack: 4 });
  });
  after(() => acquired.release());

  const prompting = [
    ['single', 'detected', null, rescoringModes],
    ['mixture', 'forward', null, ['plain', 'replace']],
    ['mixture', 'acoustic', 'forward', ['external']],
  ] as const;
  for (const [languagePrompt, named, weighing, modes] of prompting) {
    for (const mode of modes) {
      const name = `${mode}, prompt ${languagePrompt}, q ${named}${weighing === null ? '' : `, weights ${weighing}`}`;
      it(`are those of the beam to 1e-5: ${name} (I15)`, async () => {
        const { model } = acquired;
        const calibrator = await loadCalibrator(named, model, languageSet());
        const mixtureWeights = weighing && (await loadCalibrator(weighing, model, languageSet()));
        const languages: LanguageOptions = {
          language: null,
          languages: ['zh', 'en'],
          languagePrompt,
          rescoring: { mode, weight: 0.5, otherPolicy: 'neutral', fragmentPolicy: 'once' },
          calibrator,
          mixtureWeights,
        };
        const spoken = await chooseLanguages(model, languages, null, () => Promise.resolve(window));
        const shortlist = shortlistFor(model.tokenizer, spoken, { ...defaultTranscribeOptions, ...languages });
        const session = await model.openDecoder(window.states, window.positions, {
          ...evidenceNeeded(spoken),
          shortlist,
        });
        const scorer = await openScorer(
          model,
          session,
          { ...window, heard: window.positions },
          spoken,
          languages.rescoring,
          false,
        );
        const options = { ...defaultTranscribeOptions, tags: spoken.tags, temperature: 0, beamSize: 3 };
        const tools = { session, model, scorer, shortlist, random: randomNumbers(0), loopRatio: null };
        const { candidates } = await decodeWindow(tools, options);
        for (const { tokens, tokenScores, score, ended } of candidates) {
          const given = ended ? [...tokens, model.tokenizer.endOfText] : tokens;
          const { scores } = await scoreTokens({ model, session, scorer }, options, given);
          assert.equal(scores.length, tokenScores.length);
          const sum = scores.reduce((total, token) => total + token.score, 0);
          assert.ok(Math.abs(sum - score) < 1e-5 * scores.length, `${sum}, not ${score}`);
          scores.forEach((token, i) => {
            const difference = Math.abs(token.score - tokenScores[i]!.score);
            assert.ok(difference < 1e-5, `token ${i} differs by ${difference}`);
          });
        }
        session.dispose();
      });
    }
  }

  it('choose tokens of the reference classes under the oracle (I17)', async () => {
    const { model } = acquired;
    const map = tokenLanguages(model.tokenizer, languageSet());
    const reference = [
      ...model.tokenizer.encode(' Yesterday was 星期一, today is Tuesday, 明天是星期三。'),
      model.tokenizer.endOfText,
    ];
    const terms = { mode: 'external', weight: 20, prompt: 0, otherPolicy: 'class', fragmentPolicy: 'inherit' } as const;
    const scorer = languageScorer(model.tokenizer, map, terms, oracle(reference, map)) as Scorer;
    const session = await model.openDecoder(window.states, window.positions);
    const options = { ...defaultTranscribeOptions, tags: [['zh']], withoutTimestamps: true };
    const { scores, choices } = await scoreTokens({ model, session, scorer }, options, reference);
    session.dispose();
    assert.deepEqual(
      choices.map(({ language }) => language),
      scores.map(({ language }) => language),
    );
  });
});
