import assert from 'node:assert/strict';
import { systemFigures } from '../../src/report/system-figures.ts';
import { weightOf } from '../../src/report/weight.ts';
import { weightLines } from '../../src/report/weight-curve.ts';
import { sampleScores } from './sample-run.ts';

describe('the weight curve', () => {
  it('reads family and weight from a name where no run is recorded', () => {
    assert.deepEqual(weightOf('replace-acoustic@0.25', null), { family: 'replace-acoustic', weight: 0.25 });
    assert.deepEqual(weightOf('a@b@1', null), { family: 'a@b', weight: 1 });
    for (const name of ['beam5', 'beam@', '@0.3', 'x@-1', 'x@1e3', 'x@.5'])
      assert.equal(weightOf(name, null), null, name);
  });

  it('takes the weight that was recorded, whatever the name says, for systems alike in all other options', () => {
    const named = (name: string, weight: number, rescore = 'internal') =>
      systemFigures(name, sampleScores(name, 0.1, 1, 1), { rescore, weight, beamSize: name.length });
    const systems = [named('light', 0.1), named('heavy', 2), named('b@7', 0.5), named('none', 0.3, 'plain')];
    assert.deepEqual(
      weightLines(systems).map(({ name, points }) => [name, points.map(({ x }) => x)]),
      [['light', [0.1, 2]]],
    );
    const alike = [named('in-0.3', 0.1), named('in-0.4', 0.2)];
    assert.equal(weightLines(alike)[0]?.name, 'in');
    assert.deepEqual(weightOf('floor@0.2', { rescore: 'plain', weight: 0.3 }), { family: 'floor', weight: 0.2 });
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
