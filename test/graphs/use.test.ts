import assert from 'node:assert/strict';
import { SINK, SOURCE, checkFiles, node, reads } from './load-text.ts';

describe('use', () => {
  const features = `{ "params": { "bands": { "type": "integer", "describe": "x", "default": 80 } }, "input": "resample", "output": "mel",
    "steps": [ "resample", { "id": "mel", "op": "log-mel", "with": { "bands": "\${params.bands}" } } ] }`;
  const outer = (use: string) => `{ "nodes": { "m": ${SOURCE}, "a": { "op": "read-audio", "from": "m" }, "f": ${use},
    "s": { "op": "write-arrow", "from": "f", "with": { "path": "s.arrow" } }, "e": { "op": "write-arrow", "from": "f.errors", "with": { "path": "e.arrow" } } } }`;

  it('puts the nodes of another file in the place of one', async () => {
    const main = outer(
      '{ "use": "./features.json", "from": "a", "with": { "bands": 128 }, "onError": { "attempts": 2 } }',
    );
    const [checked] = await checkFiles({ 'p.json': main, 'features.json': features });
    assert.deepEqual(checked!.told, []);
    const { plan } = checked!;
    assert.deepEqual(reads(plan, 'f/resample'), { in: ['a.out'] });
    assert.deepEqual(reads(plan, 's'), { in: ['f/mel.out'] });
    assert.deepEqual(reads(plan, 'e'), { in: ['f/resample.errors', 'f/mel.errors'] });
    assert.equal(node(plan, 'f/mel').options['bands'], 128);
    assert.equal(node(plan, 'f/mel').onError.attempts, 2);
  });

  it('lets --set reach inside, through several files', async () => {
    const [checked] = await checkFiles(
      {
        'p.json': outer('{ "use": "./outer.json", "from": "a" }'),
        'outer.json': '{ "input": "inner", "output": "inner", "nodes": { "inner": { "use": "./features.json" } } }',
        'features.json': features,
      },
      { overrides: ['nodes.f/inner/mel.with.bands=128'] },
    );
    assert.deepEqual(checked!.told, []);
    assert.equal(node(checked!.plan, 'f/inner/mel').options['bands'], 128);
  });

  it('points a fault at the line of the included file, and one of --set at --set', async () => {
    const files = { 'p.json': outer('{ "use": "./features.json", "from": "a" }'), 'features.json': features };
    const [checked] = await checkFiles(files, {
      overrides: ['nodes.f/mel.with.bands=81', 'nodes.f/mle.with.bands=80'],
    });
    assert.deepEqual(checked!.told, [
      '--set nodes.f/mle.with.bands=80  nodes.mle.with.bands: there is no node "mle"; did you mean "mel"?',
      '--set nodes.f/mel.with.bands=81  nodes.f/mel.with.bands: expected 80 or 128, found 81',
    ]);
  });

  it('is a step like others; one without output ends its branch as a sink does', async () => {
    const [checked] = await checkFiles({
      'p.json': `{ "steps": [ ${SOURCE}, "read-audio", { "use": "./save.json" }, { "use": "./features.json" }, ${SINK} ] }`,
      'save.json': '{ "input": "w", "steps": [ { "id": "w", "op": "write-arrow", "with": { "path": "w.arrow" } } ] }',
      'features.json': features,
    });
    assert.deepEqual(checked!.told, []);
    assert.deepEqual(reads(checked!.plan, 'features/resample'), { in: ['read-audio.out'] });
    assert.deepEqual(reads(checked!.plan, 'write-arrow'), { in: ['features/mel.out'] });
  });

  it('stops at a thousand files', async () => {
    const twice = (name: string) =>
      `{ "input": "x", "output": "y", "nodes": { "x": { "use": "./${name}" }, "y": { "use": "./${name}", "from": "x" } } }`;
    const files: Record<string, string> = { 'p.json': outer('{ "use": "./0.json", "from": "a" }') };
    for (let level = 0; level < 24; level++) files[`${level}.json`] = twice(`${level + 1}.json`);
    files['24.json'] = features;
    const [checked] = await checkFiles(files);
    assert.match(checked!.told.join('\n'), /more than 1000 files are included/);
  });
});
