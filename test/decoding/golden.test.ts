import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { melSpectrogram, padOrTrim } from '../../src/audio/mel-spectrogram.ts';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { decodeAudio } from '../../src/audio/decode.ts';
import { detectLanguage } from '../../src/language/detect.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { shared } from '../support/shared.ts';

interface GoldenClip {
  readonly language: readonly (readonly [string, number])[];
  readonly decode: readonly {
    readonly language: string;
    readonly beam: number;
    readonly tokens: readonly number[];
    readonly avg_logprob: number;
    readonly no_speech_prob: number;
  }[];
}

describe('decoding with real weights', () => {
  it('gives the tokens and probabilities of openai-whisper on a code-switched clip (needs ../shared)', async function () {
    this.timeout(300_000);
    const folder = shared(this, 'models/whisper-base');
    const [line] = readFileSync(shared(this, 'golden/decode.jsonl'), 'utf8').split('\n');
    const golden = JSON.parse(line!) as GoldenClip;
    const path = 'fixtures/audio/cs_yesterday_zh_en.wav';
    const { channels } = await decodeAudio(readFileSync(path), path);
    const { values, frames } = melSpectrogram(padOrTrim(channels[0]!), 80);
    const { model, release } = await acquireModel(folder, { device: 'auto' });
    const states = await model.encode(values, frames);

    const heard = await detectLanguage(model, states, frames / 2);
    golden.language.forEach(([language, probability], i) => {
      assert.equal(heard[i]!.language, language);
      assert.ok(Math.abs(heard[i]!.probability - probability) < 1e-3);
    });

    const session = await model.openDecoder(states, frames / 2);
    for (const { language, beam, tokens, avg_logprob, no_speech_prob } of golden.decode) {
      const options = {
        ...defaultTranscribeOptions,
        withoutTimestamps: true,
        temperature: 0,
        tags: [[language]],
        beamSize: beam,
      };
      const tools = { session, model, random: randomNumbers(0), loopRatio: null };
      const result = await decodeWindow(tools, options);
      assert.deepEqual(result.tokens, tokens, `${language}, beam ${beam}`);
      assert.ok(Math.abs(result.averageLogProbability - avg_logprob) < 1e-3);
      assert.ok(Math.abs(result.noSpeechProbability - no_speech_prob) < 1e-3);
    }
    session.dispose();
    release();
  });
});
