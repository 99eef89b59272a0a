import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { SINK, SOURCE, checkFiles, node, run } from './load-text.ts';

describe('TypeScript pipelines', () => {
  it('may give a sweep; each has its own name', async () => {
    const checked = await checkFiles({
      'sweep.ts': `const bands: number[] = [80, 128];
        export default bands.map((bands) => ({ inFlight: undefined, steps: [ ${SOURCE}, 'read-audio', { op: 'log-mel', with: { bands } }, ${SINK} ] }));`,
    });
    assert.deepEqual(
      checked.map(({ told }) => told),
      [[], []],
    );
    assert.deepEqual(
      checked.map(({ plan }) => [plan?.name, node(plan, 'log-mel').options['bands']]),
      [
        ['sweep-1', 80],
        ['sweep-2', 128],
      ],
    );
  });

  for (const [kind, text, expected] of [
    [
      'a wrong option',
      `export default { steps: [ ${SOURCE}, 'read-audio', { op: 'log-mel', with: { bands: 81 } }, ${SINK} ] };`,
      'p.ts  nodes.log-mel.with.bands: expected 80 or 128, found 81',
    ],
    [
      'a function',
      `export default { steps: [ () => 1 ] };`,
      'p.ts  steps.0: a value of type function cannot stand in a pipeline; a pipeline is plain data: text, numbers, true, false, null, lists, objects',
    ],
    [
      'a date',
      `export default { name: new Date(0) };`,
      'p.ts  name: an object of class Date cannot stand in a pipeline; a pipeline is plain data: text, numbers, true, false, null, lists, objects',
    ],
    [
      'not a number',
      `export default { inFlight: NaN };`,
      'p.ts  inFlight: NaN is not a finite number; a pipeline is plain data: text, numbers, true, false, null, lists, objects',
    ],
    [
      'an object in itself',
      `const x: any = {}; x.nodes = x; export default x;`,
      'p.ts  nodes: the object contains itself; a pipeline is plain data: text, numbers, true, false, null, lists, objects',
    ],
    [
      'no default export',
      `export const pipeline = {};`,
      'p.ts  has no default export; write "export default definePipeline({…})"',
    ],
    [
      'a default export of another kind',
      `export default 3;`,
      'p.ts  the default export is neither a pipeline nor a list of pipelines',
    ],
    ['an empty sweep', `export default [];`, 'p.ts  exports an empty list; a sweep needs at least one pipeline'],
    ['a throw', `throw new Error('no corpus');`, 'p.ts  running it failed: no corpus'],
    [
      'a sweep with one name',
      `const one = { name: 'x', steps: [ ${SOURCE}, ${SINK} ] }; export default [one, one];`,
      'p.ts  name: two pipelines of this file are called "x"; put the swept value into the name',
    ],
  ] as const) {
    it(`with ${kind} are refused with file and path`, async () => {
      const checked = await checkFiles({ 'p.ts': text });
      assert.ok(checked.flatMap(({ told }) => told).includes(expected), checked.flatMap(({ told }) => told).join('\n'));
      assert.ok(checked.some(({ plan }) => plan === null));
    });
  }

  it('are not executed with --no-ts, neither are plugins', async () => {
    const options = { allowTypeScript: false };
    await assert.rejects(checkFiles({ 'p.ts': 'globalThis.ran = true; export default {};' }, options), UsageError);
    const [checked] = await checkFiles(
      { 'p.json': run('"resample"', '"plugins": ["./x.mjs"],'), 'x.mjs': 'globalThis.ran = true;' },
      options,
    );
    assert.deepEqual(checked!.told, [
      '1:15  plugins.0: plugins are not executed here; leave out --no-ts if you trust the file',
    ]);
    assert.equal('ran' in globalThis, false);
  });

  it('load from a package of either module type', async () => {
    for (const type of ['module', 'commonjs']) {
      const [checked] = await checkFiles({
        'p.ts': `export default { steps: [ ${SOURCE}, ${SINK} ] };`,
        'package.json': `{ "type": "${type}" }`,
      });
      assert.deepEqual(checked!.told, []);
    }
  });
});
