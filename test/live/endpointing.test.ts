import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createEndpointer, type EndpointOptions } from '../../src/live/endpointing.ts';

const options: EndpointOptions = {
  threshold: 0.5,
  minSpeechSeconds: 0.096,
  minSilenceSeconds: 0.32,
  preRollSeconds: 0.128,
};
const [least, patience, preRoll] = [3, 10, 4];

/** Utterances as frames, from the verdicts. */
function utterances(probabilities: readonly number[]): { begins: number; ends: number | null }[] {
  const endpointer = createEndpointer(options);
  const found: { begins: number; ends: number | null }[] = [];
  probabilities.forEach((probability, frame) => {
    const { begins, ends } = endpointer.hear(probability);
    if (begins !== null) found.push({ begins, ends: null });
    if (ends) found.at(-1)!.ends = frame;
  });
  return found;
}
const run = (probability: number, frames: number): number[] => new Array<number>(frames).fill(probability);

describe('endpointing', () => {
  it('begins an utterance with its pre-roll, and ends it when it has been silent for long enough', () => {
    const found = utterances([...run(0, 20), ...run(0.9, 8), ...run(0, 30)]);
    assert.deepEqual(found, [{ begins: 20 - preRoll, ends: 20 + 8 + patience - 1 }]);
  });

  it('goes on through what is less than sure, and hears no speech in what never was sure (hysteresis)', () => {
    assert.equal(utterances([...run(0, 20), ...run(0.9, 8), ...run(0.4, 30), ...run(0.9, 8)]).length, 1);
    assert.deepEqual(utterances([...run(0, 20), ...run(0.45, 100)]), []);
  });

  it('takes a click for none, and a short pause for a part', () => {
    assert.deepEqual(utterances([...run(0, 9), ...run(1, least - 1), ...run(0, 50)]), []);
    assert.equal(utterances([...run(1, 20), ...run(0, patience - 1), ...run(1, 20), ...run(0, patience)]).length, 1);
  });

  it('says where the silence began, until speech goes on', () => {
    const endpointer = createEndpointer(options);
    for (const probability of run(1, 10)) endpointer.hear(probability);
    assert.equal(endpointer.hear(0.1).silentFrom, 10);
    assert.equal(endpointer.hear(0.1).silentFrom, 10);
    assert.equal(endpointer.hear(0.9).silentFrom, null);
  });

  it('gives no frame to two utterances, whatever is heard', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.4, 0.9), { maxLength: 400 }), (probabilities) => {
        let free = 0;
        for (const { begins, ends } of utterances(probabilities)) {
          assert.ok(begins >= free && (ends === null || ends >= begins));
          free = (ends ?? Infinity) + 1;
        }
      }),
    );
  });
});
