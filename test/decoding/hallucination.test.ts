import assert from 'node:assert/strict';
import { findHallucination, type SilenceCheck } from '../../src/decoding/hallucination.ts';
import type { SegmentDraft } from '../../src/decoding/segments.ts';

/** Words of `length` seconds one after another from `start`. */
function segment(start: number, words: number, length = 0.4, probability = 0.9): SegmentDraft {
  const spoken = Array.from({ length: words }, (_, i) => ({
    word: ` w${i}`,
    start: start + i * length,
    end: start + (i + 1) * length,
    probability,
  }));
  return { start, end: start + words * length, tokens: [], words: spoken };
}
/** Improbable words that take no time. */
const madeUp = (start: number): SegmentDraft => segment(start, 3, 0.02, 0.05);

/** The second window of a recording of 100 s, speech until shortly before it. */
const check: SilenceCheck = {
  threshold: 2,
  windowStart: 30,
  audioEnd: 60,
  windowEnd: 60,
  recordingEnd: 100,
  lastSpeech: 29.5,
};

describe('made-up text over silence', () => {
  it('is not seen in plain speech, nor in a window without words', () => {
    assert.equal(findHallucination([segment(30.2, 8), segment(36, 20), segment(50, 10)], check), null);
    assert.equal(findHallucination([{ start: 30, end: 60, tokens: [], words: [] }], check), null);
    assert.equal(findHallucination([], check), null);
  });

  it('at the beginning moves the window on to it, and nothing of the window stands', () => {
    assert.deepEqual(findHallucination([madeUp(35), segment(40, 9)], check), { keep: 0, seek: 35 });
    // A silence that is no longer than the threshold is not skipped.
    assert.equal(findHallucination([madeUp(31.9), segment(32.5, 9)], check), null);
  });

  it('between silences goes with all that follows, and is heard again from where it began', () => {
    const segments = [segment(30.2, 8), madeUp(40), segment(50, 9)];
    assert.deepEqual(findHallucination(segments, check), { keep: 1, seek: 40 });
    // Speech follows at once.
    assert.equal(findHallucination([segment(30.2, 8), madeUp(40), segment(40.5, 30)], check), null);
    // Speech went before.
    assert.equal(findHallucination([segment(30.2, 24), madeUp(40), segment(50, 9)], check), null);
  });

  it('counts the end of the window as silence, 2 s wide', () => {
    assert.deepEqual(findHallucination([segment(30.2, 8), madeUp(58.2)], { ...check, threshold: 3 }), {
      keep: 1,
      seek: 58.2,
    });
    assert.equal(findHallucination([segment(30.2, 8), madeUp(57.8)], { ...check, threshold: 3 }), null);
  });

  it('is followed by other made-up text as by silence', () => {
    const segments = [segment(30.2, 8), madeUp(40), madeUp(40.5), segment(41, 9)];
    assert.deepEqual(findHallucination(segments, check), { keep: 1, seek: 40 });
  });

  it('ends the recording where less than the threshold is left', () => {
    const last = { ...check, recordingEnd: 59.5 };
    assert.deepEqual(findHallucination([segment(30.2, 8), madeUp(58.5)], last), { keep: 1, seek: 59.5 });
  });

  it('is told by words that are improbable, too short or too long', () => {
    const alone = (one: SegmentDraft): boolean => findHallucination([segment(30.2, 8), one], check) !== null;
    assert.ok(alone(segment(45, 4, 0.4, 0.1)));
    assert.ok(alone(segment(45, 4, 0.05, 0.9)));
    assert.ok(alone(segment(45, 1, 3.5, 0.9)));
    assert.ok(!alone(segment(45, 4, 0.4, 0.2)));
    assert.ok(!alone(segment(45, 8, 0.12, 0.9)));
    // Eight words are looked at, and three points are enough.
    assert.ok(alone({ ...segment(45, 12), words: [...segment(45, 5).words, ...segment(47, 3, 0.4, 0.1).words] }));
  });
});
