import assert from 'node:assert/strict';
import { joinNumberedPieces } from '../../../src/manifests/texts/numbered-pieces.ts';
import type { TextTable } from '../../../src/manifests/texts/pair-texts.ts';

const table = (texts: Readonly<Record<string, string>>): TextTable => ({
  texts: new Map(Object.entries(texts).map(([id, text]) => [id, { id, text, speaker: null, place: `hyp:${id}` }])),
  faults: [],
});
const joined = (hypotheses: Readonly<Record<string, string>>, references: readonly string[]) => {
  const { texts, faults } = joinNumberedPieces(
    table(hypotheses),
    table(Object.fromEntries(references.map((id) => [id, '']))).texts,
  );
  return {
    texts: Object.fromEntries([...texts].map(([id, { text }]) => [id, text])),
    faults: faults.map(({ message }) => message),
  };
};

describe('joinNumberedPieces', () => {
  it('makes one text of the pieces of a reference, in the order of their numbers, with a space between words', () => {
    const hypotheses = { 'talk#0003': '明天', 'talk#0001': 'it was', 'other#0001': 'x', 'talk#0002': 'today' };
    assert.deepEqual(joined(hypotheses, ['talk']), {
      texts: { 'other#0001': 'x', talk: 'it was today明天' },
      faults: [],
    });
  });

  it('leaves alone what has a reference of its own, or stands beside its whole', () => {
    const hypotheses = { 'a#0001': 'x', b: 'whole', 'b#0001': 'part' };
    assert.deepEqual(joined(hypotheses, ['a', 'a#0001', 'b']).texts, hypotheses);
  });

  it('makes a fault of a recording of which a piece is not there', () => {
    assert.deepEqual(joined({ 'talk#0002': 'b', 'talk#0003': 'c' }, ['talk']), {
      texts: {},
      faults: ['hyp:talk#0002: talk#0001 is missing among the 2 pieces of talk; decode it.'],
    });
    assert.match(joined({ 'talk#0001': 'b', 'talk#0003': 'c' }, ['talk']).faults[0]!, /talk#0002 is missing/);
  });
});
