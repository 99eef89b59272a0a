import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodingOptions } from '../../src/report/recorded-options.ts';
import { PIPELINE } from '../../src/tables/provenance.ts';

const options = (pipeline: unknown, file: string) =>
  decodingOptions(new Map([[PIPELINE, JSON.stringify(pipeline)]]), file);

/** Two systems in one run: their tables record the same pipeline. */
const nodes = {
  encoder: { op: 'encode', with: { model: 'm' } },
  a: { op: 'beam-search', from: { encoding: 'encoder' }, with: { rescore: 'internal', weight: 0.3 } },
  b: { op: 'beam-search', from: { encoding: 'encoder' }, with: { rescore: 'replace', weight: 1 } },
  'a-score': { op: 'score', from: { hypothesis: 'a', waveform: ['encoder'] }, with: {} },
  'b-script': { op: 'simplify', from: 'b.out', with: {} },
  'b-score': { op: 'score', from: { hypothesis: 'b-script' }, with: {} },
  'a-table': { op: 'write-arrow', from: 'a-score', with: { path: 'out/a.scores.arrow' } },
  'b-table': { op: 'write-arrow', from: ['b-score'], with: { path: 'out/b.scores.arrow' } },
  bare: { op: 'write-arrow', from: 'encoder', with: { path: 'out/bare.arrow' } },
};

describe('decodingOptions', () => {
  it('finds the decoder of the very system whose table it is, through all that stands between', () => {
    assert.equal(options({ nodes }, 'a.scores.arrow')?.['weight'], 0.3);
    assert.equal(options({ nodes }, 'b.scores.arrow')?.['rescore'], 'replace');
  });

  it('finds nothing behind no decoder, for a table that was renamed, or without a run', () => {
    assert.equal(options({ nodes }, 'bare.arrow'), null);
    assert.equal(options({ nodes }, 'c.scores.arrow'), null);
    assert.equal(decodingOptions(new Map(), 'a.scores.arrow'), null);
  });

  it('comes to an end over anything that a file may record', () => {
    const circle = { x: { from: 'y', with: { path: 'x' } }, y: { from: { in: ['x', 'y'] } } };
    assert.equal(options({ nodes: circle }, 'x'), null);
    fc.assert(fc.property(fc.jsonValue(), (value) => options({ nodes: { t: value } }, 'x') === null));
    assert.equal(decodingOptions(new Map([[PIPELINE, '{']]), 'x'), null);
  });
});
