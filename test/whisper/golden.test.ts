/**
 * The networks on real weights against openai-whisper 20250625 in float32 (../shared/golden). Both round 32-bit numbers
 * in their own order. Against the same network in 64 bits (NumPy) the reference's own states are up to 8.2e-4 off, at
 * one outlier feature (323, which reaches 500 inside); TensorFlow's are 5.2e-4 off. So the two may differ by more than
 * 1e-3 at single places.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { acquireModel, type AcquiredModel } from '../../src/whisper/load-model.ts';
import { melSpectrogram, padOrTrim } from '../../src/audio/mel-spectrogram.ts';
import { decodeAudio } from '../../src/audio/decode.ts';
import { readNpy } from '../support/npy.ts';
import { shared } from '../support/shared.ts';

describe('Whisper base', () => {
  let base: AcquiredModel | undefined;
  before(async function () {
    this.timeout(120_000);
    base = await acquireModel(shared(this, 'models/whisper-base'), { device: 'auto' });
  });
  after(() => base?.release());

  it("has the reference's encoder states to 1e-3 (needs ../shared)", async function () {
    this.timeout(120_000);
    const logMel = readNpy(shared(this, 'golden/cs_yesterday_zh_en.logmel.npy'));
    const expected = readNpy(shared(this, 'golden/cs_yesterday_zh_en.encoder.npy'));
    const states = await base!.model.encode(logMel.values, 3000);
    const differences = states.map((value, i) => Math.abs(value - expected.values[i]!)).sort();
    const worst = differences.at(-1)!;
    const above = differences.filter((difference) => difference > 1e-3).length;
    console.log(`      encoder: at most ${worst.toExponential(2)}, ${above} of ${differences.length} above 1e-3`);
    // The reference itself is up to 8e-4 from a float64 run of the network, at one feature whose activations reach 500;
    // 1 value is above 1e-3 with TensorFlow, 9 with WebAssembly.
    assert.ok(above <= differences.length * 2e-5 && worst < 4e-3, `${worst}, ${above} above 1e-3`);
  });

  it("has the reference's log-probabilities of given texts to 1e-3 (needs ../shared)", async function () {
    this.timeout(600_000);
    const lines = readFileSync(shared(this, 'golden/teacher.jsonl'), 'utf8').trim().split('\n');
    let worst = { file: '', difference: 0 };
    let worstTop = 0;
    let compared = 0;
    for (const line of lines.slice(0, Number(process.env['DIGLOT_GOLDEN_CLIPS'] ?? 3))) {
      const clip = JSON.parse(line) as Teacher;
      const path = shared(this, clip.file);
      const { channels, sampleRate } = await decodeAudio(readFileSync(path), path);
      // FFmpeg's resampler, and its mix rounded to 16 bits, would be measured along with the network.
      if (sampleRate !== 16_000 || channels.length > 1) continue;
      const logMel = melSpectrogram(padOrTrim(channels[0]!), 80);
      const states = await base!.model.encode(logMel.values, 3000);
      const { startOfTranscript, languages, transcribe, noTimestamps } = base!.model.tokenizer;
      const prompt = [startOfTranscript, languages.get('zh')!, transcribe, noTimestamps];
      const tokens = [...prompt, ...clip.tokens];
      const session = await base!.model.openDecoder(states, 1500);
      const rows = await session.prefill(
        [tokens.slice(0, -1)],
        clip.tokens.map((_, i) => prompt.length - 1 + i),
      );
      session.dispose();
      rows.forEach(({ logProbabilities }, i) => {
        const difference = Math.abs(logProbabilities![clip.tokens[i]!]! - clip.logprob[i]!);
        if (difference > worst.difference) worst = { file: clip.file, difference };
        for (const [token, expected] of clip.top20[i]!) {
          worstTop = Math.max(worstTop, Math.abs(logProbabilities![token]! - expected));
        }
        compared += 1;
      });
    }
    console.log(
      `      ${compared} tokens: at most ${worst.difference.toExponential(2)} (${worst.file}), top 20 ${worstTop.toExponential(2)}`,
    );
    assert.ok(compared > 0 && worst.difference <= 1e-3, `${worst.file}: ${worst.difference}`);
    assert.ok(worstTop <= 1e-3, `top 20: ${worstTop}`);
  });
});

interface Teacher {
  readonly file: string;
  readonly tokens: readonly number[];
  readonly logprob: readonly number[];
  readonly top20: readonly (readonly (readonly [number, number])[])[];
}
