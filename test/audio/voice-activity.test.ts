import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  energyProbabilities,
  speechStretches,
  VOICE_FRAME,
  type VoiceActivityOptions,
} from '../../src/audio/voice-activity.ts';

const exact: VoiceActivityOptions = {
  threshold: 0.5,
  minSpeechSeconds: 0,
  minSilenceSeconds: 0,
  padSeconds: 0,
  maxSeconds: 1000,
};
const FRAME = VOICE_FRAME / 16_000;

/** Stretches in frames of a line of digits: 7 stands for a probability of 0.7. */
function frames(digits: string, options: Partial<VoiceActivityOptions> = {}): [number, number][] {
  const probabilities = Float32Array.from(digits, (digit) => Number(digit) / 10);
  const stretches = speechStretches(probabilities, digits.length * VOICE_FRAME, { ...exact, ...options });
  return stretches.map(({ start, end }) => [start / VOICE_FRAME, end / VOICE_FRAME]);
}

describe('speechStretches', () => {
  it('begins at the threshold and ends 0.15 under it', () => {
    assert.deepEqual(frames('0044 5 4444 30 4 9 0'.replaceAll(' ', '')), [
      [4, 9],
      [12, 13],
    ]);
  });

  it('goes on to the end of the recording where speech does', () => {
    assert.deepEqual(frames('00999'), [[2, 5]]);
    assert.deepEqual(frames('999'), [[0, 3]]);
    assert.deepEqual(frames('000'), []);
    assert.deepEqual(frames(''), []);
  });

  it('closes silences that are too short and drops speech that is too short, in this order', () => {
    assert.deepEqual(frames('9009000900009', { minSilenceSeconds: 3 * FRAME }), [
      [0, 4],
      [7, 8],
      [12, 13],
    ]);
    assert.deepEqual(frames('9009000900009', { minSilenceSeconds: 3 * FRAME, minSpeechSeconds: 2 * FRAME }), [[0, 4]]);
  });

  it('leaves room on both sides, at most half of what lies between neighbours', () => {
    assert.deepEqual(frames('000990000099900', { padSeconds: 2 * FRAME }), [
      [1, 7],
      [8, 15],
    ]);
    assert.deepEqual(frames('0009900099900', { padSeconds: 2 * FRAME }), [
      [1, 6.5],
      [6.5, 13],
    ]);
  });

  it('cuts the longest silence out of a stretch that is too long', () => {
    const options = { minSilenceSeconds: 4 * FRAME, maxSeconds: 12 * FRAME };
    assert.deepEqual(frames('999099900099999099', options), [
      [0, 7],
      [10, 18],
    ]);
  });

  it('cuts where speech is least probable when there is no silence', () => {
    assert.deepEqual(frames('9999999699999999', { maxSeconds: 10 * FRAME }), [
      [0, 7],
      [7, 16],
    ]);
    assert.deepEqual(frames('99999999', { maxSeconds: 4 * FRAME }), [
      [0, 4],
      [4, 8],
    ]);
  });

  it('counts the room on both sides among the longest', () => {
    const pieces = frames(`000${'9'.repeat(30)}000`, { padSeconds: 2 * FRAME, maxSeconds: 10 * FRAME });
    assert.ok(pieces.length >= 4 && pieces.every(([start, end]) => end - start <= 10), JSON.stringify(pieces));
    assert.deepEqual([pieces[0]![0], pieces.at(-1)![1]], [1, 35]);
  });

  it('gives pieces in order, apart, inside the recording and short enough, that hold all speech', () => {
    const options = fc.record({
      threshold: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      minSpeechSeconds: fc.constant(0),
      minSilenceSeconds: fc.double({ min: 0, max: 1, noNaN: true }),
      padSeconds: fc.double({ min: 0, max: 0.3, noNaN: true }),
      maxSeconds: fc.double({ min: 0.7, max: 4, noNaN: true }),
    });
    const probability = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 300 });
    fc.assert(
      fc.property(probability, options, fc.nat(VOICE_FRAME - 1), (list, chosen, missing) => {
        const probabilities = Float32Array.from(list);
        const samples = Math.max(0, probabilities.length * VOICE_FRAME - missing);
        const stretches = speechStretches(probabilities, samples, chosen);
        let last = 0;
        for (const { start, end } of stretches) {
          assert.ok(start >= last && end > start && end <= samples, `${start} to ${end} of ${samples} behind ${last}`);
          assert.ok(end - start <= chosen.maxSeconds * 16_000 + 1, `${end - start} samples`);
          last = end;
        }
        for (const [i, value] of probabilities.entries()) {
          if (value < chosen.threshold) continue;
          const middle = Math.min(samples - 1, i * VOICE_FRAME + VOICE_FRAME / 2);
          assert.ok(
            stretches.some(({ start, end }) => start <= middle && middle < end),
            `frame ${i}`,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('energyProbabilities', () => {
  it('finds a tone between near silences', () => {
    const samples = Float32Array.from(
      { length: 64_000 },
      (_, i) => (i >= 20_480 && i < 40_960 ? 0.3 : 0.0005) * Math.sin(i),
    );
    const [stretch, ...more] = speechStretches(energyProbabilities(samples), samples.length, exact);
    assert.deepEqual([stretch, more], [{ start: 20_480, end: 40_960 }, []]);
  });

  it('hears nothing in silence and speech in what is loud throughout', () => {
    assert.ok(energyProbabilities(new Float32Array(16_000)).every((p) => p === 0));
    assert.ok(energyProbabilities(Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i))).every((p) => p === 1));
    assert.equal(energyProbabilities(new Float32Array(0)).length, 0);
  });
});
