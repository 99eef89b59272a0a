import assert from 'node:assert/strict';
import { systemFigures } from '../../src/report/system-figures.ts';
import { weightLines, weightOf } from '../../src/report/weight-curve.ts';
import { sampleScores } from './sample-run.ts';

describe('the weight curve', () => {
  it('reads family and weight from a name', () => {
    assert.deepEqual(weightOf('replace-acoustic@0.25'), { family: 'replace-acoustic', weight: 0.25 });
    assert.deepEqual(weightOf('a@b@1'), { family: 'a@b', weight: 1 });
    for (const name of ['beam5', 'beam@', '@0.3', 'x@-1', 'x@1e3', 'x@.5']) assert.equal(weightOf(name), null, name);
  });

  it('draws families of several weights in the order of the weights, whatever the order of the names', () => {
    const systems = ['m@1', 'm@0.5', 'm@10', 'alone@1', 'plain'].map((name, at) =>
      systemFigures(name, sampleScores(name, 0.1 * at, at, 1)),
    );
    const lines = weightLines(systems);
    assert.deepEqual(
      lines.map(({ name, points }) => [name, points.map(({ x }) => x)]),
      [['m', [0.5, 1, 10]]],
    );
    assert.deepEqual(
      lines[0]!.points.map(({ y }) => y),
      [systems[1], systems[0], systems[2]].map((system) => system!.summary.mixedErrorRate.rate),
    );
  });
});
