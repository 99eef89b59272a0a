/** Nobody speaks: a live session says nothing. */
import assert from 'node:assert/strict';
import { DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { readRecording } from '../../src/audio/recordings.ts';
import { resample } from '../../src/audio/resampler.ts';
import { openSession } from '../../src/graphs/open-session.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { shared } from '../support/shared.ts';

const RATE = 16_000;
const seconds = (length: number, sample: (i: number) => number): Float32Array =>
  Float32Array.from({ length: length * RATE }, (_, i) => sample(i));

/** What a session makes of the signals, one after the other, with a second of silence between. */
async function heard(signals: readonly Float32Array[]): Promise<string[]> {
  const session = await openSession({ parameters: { device: 'cpu' } });
  const pause = new Float32Array(RATE);
  session.push(Float32Array.from(signals.flatMap((signal) => [...signal, ...pause])), RATE);
  session.end();
  const texts: string[] = [];
  for await (const event of session.events) {
    if ((event.kind === 'partial' || event.kind === 'final') && event.text.trim() !== '') texts.push(event.text);
  }
  assert.equal((await session.finished).outcome, 'done');
  return texts;
}

describe('where nobody speaks, a live session', function () {
  this.timeout(300_000);

  it('writes nothing over silence, hum, noise, a tone and clicks', async () => {
    const random = randomNumbers(5);
    const signals = [
      new Float32Array(4 * RATE),
      seconds(3, (i) => 0.02 * Math.sin((2 * Math.PI * 50 * i) / RATE)),
      seconds(3, () => 0.1 * (2 * random() - 1)),
      seconds(3, (i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / RATE)),
      seconds(3, (i) => (i % 8000 === 0 ? 0.9 : 0)),
    ];
    assert.deepEqual(await heard(signals), []);
  });

  it('writes nothing over noises of rooms, streets and weather (needs ../shared)', async function () {
    const files = [
      'noise_sb_2.wav',
      'noise_sb_4.wav',
      'noise_esc50_5-156999-C-19.wav',
      'noise_esc50_4-156993-A-19.wav',
    ];
    const paths = files.map((file) => shared(this, `audio/${file}`));
    const signals = [];
    for (const path of paths) {
      const { samples, sampleRate } = await readRecording(path, {
        ...DEFAULT_DECODE_OPTIONS,
        channel: 'mix',
        cacheBytes: 0,
      });
      signals.push(resample(samples, sampleRate, RATE));
    }
    assert.deepEqual(await heard(signals), []);
  });
});
