import assert from 'node:assert/strict';
import { isMonolingual } from '../../src/training/batch.ts';

describe('a text in one language', () => {
  const promptLength = 2;
  /** Classes of zh, en, other. */
  const isOne = (...text: number[]) =>
    isMonolingual(
      {
        ...{ id: 'a', logMel: new Float32Array(0), frames: 0, duration: 1, promptLength },
        ...{ tokens: new Int32Array(promptLength + text.length), classes: Uint8Array.of(0, 1, ...text) },
      },
      2,
    );

  it('is told by its words alone, whatever the prompt and the punctuation', () => {
    assert.ok(isOne(0, 0, 2) && isOne(2, 1, 2, 1));
    assert.ok(!isOne(0, 2, 1) && !isOne(2, 2));
  });
});
