import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { SINK, SOURCE, checkText, node, reads, run } from './load-text.ts';

describe('loading a pipeline', () => {
  it('takes comments, trailing commas and a byte order mark', async () => {
    const { told, plan } = await checkText(`\uFEFF// a run\n${run('"resample" /* to 16 kHz */').replace(']', ',]')}`);
    assert.deepEqual(told, []);
    assert.equal(plan?.name, 'p');
  });

  it('fills in the defaults of operators and engine', async () => {
    const { plan } = await checkText(run('"resample"'));
    const resample = node(plan, 'resample');
    assert.deepEqual({ ...resample.options }, { sampleRate: 16_000 });
    assert.deepEqual(resample.onError, { action: 'row', attempts: 1, maxRate: null });
    assert.equal(resample.concurrency, 1);
    assert.equal(plan?.inFlight, 8);
  });

  it('says the keys of the engine for a node, else for the whole file', async () => {
    const step = '{ "op": "resample", "concurrency": 3, "onError": { "attempts": 4 } }';
    const { plan } = await checkText(run(step, '"inFlight": 5, "onError": { "attempts": 2, "maxRate": 0.1 },'));
    assert.equal(plan?.inFlight, 5);
    assert.deepEqual(node(plan, 'resample').onError, { action: 'row', attempts: 4, maxRate: 0.1 });
    assert.deepEqual(node(plan, 'read-audio').onError, { action: 'row', attempts: 2, maxRate: 0.1 });
    assert.equal(node(plan, 'resample').concurrency, 3);
  });

  it('is refused as a usage error when the file is not there', async () => {
    await assert.rejects(loadPipelines('nowhere/p.json'), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /nowhere\/p\.json/);
      return true;
    });
  });

  it('finds no fault twice, and five faults in a file with five', async () => {
    const { told } = await checkText(
      `{ "inFlihgt": 3,
         "nodes": {
           "m": { "op": "read-manifset", "with": {} },
           "a": { "op": "read-audio", "from": "m", "concurrency": "two" },
           "r": { "op": "resample", "from": "aa", "with": { "sampleRate": 1 } },
           "s": { "op": "write-arrow", "from": "r", "with": { "path": 5 } } } }`,
    );
    assert.deepEqual(
      told.map((fault) => fault.split('  ')[0]),
      ['1:3', '3:25', '4:67', '5:45', '5:75', '6:71'],
    );
  });
});

describe('steps', () => {
  it('read each other in a row and are named after their operators', async () => {
    const { plan } = await checkText(run('"filter", "filter"'));
    assert.deepEqual(
      plan?.nodes.map(({ id }) => id),
      ['read-manifest', 'read-audio', 'filter', 'filter-2', 'write-arrow', 'errors'],
    );
    assert.deepEqual(reads(plan, 'filter-2'), { in: ['filter.out'] });
  });

  it('read past a sink what the sink read', async () => {
    const { plan } = await checkText(
      run(`{ "op": "write-arrow", "id": "copy", "with": { "path": "copy.arrow" } }, "resample"`),
    );
    assert.deepEqual(reads(plan, 'copy'), { in: ['read-audio.out'] });
    assert.deepEqual(reads(plan, 'resample'), { in: ['read-audio.out'] });
  });

  it('may name what they read, and stand beside nodes', async () => {
    const { told, plan } = await checkText(
      `{ "nodes": { "m": ${SOURCE}, "late": { "op": "write-arrow", "from": "loud", "with": { "path": "late.arrow" } } },
         "steps": [ { "op": "read-audio", "from": "m" }, { "op": "filter", "id": "loud" }, ${SINK} ] }`,
    );
    assert.deepEqual(told, []);
    assert.deepEqual(reads(plan, 'read-audio'), { in: ['m.out'] });
    assert.deepEqual(reads(plan, 'late'), { in: ['loud.out'] });
  });
});

describe('edges', () => {
  it('join named ports, merge lists, and carry errors and dropped records', async () => {
    const { told, plan } = await checkText(`{ "nodes": {
      "late": { "op": "write-arrow", "from": "f.dropped", "with": { "path": "late.arrow" } },
      "bad": { "op": "write-arrow", "from": ["m.errors", "a.errors"], "with": { "path": "bad.arrow" } },
      "text": { "op": "beam-search", "from": { "encoding": "e", "language": "l" } },
      "l": { "op": "detect-language", "from": "e" },
      "e": { "op": "encode", "from": "mel", "with": { "model": "m" } },
      "mel": { "op": "log-mel", "from": "f.out" },
      "f": { "op": "filter", "from": "a" },
      "a": { "op": "read-audio", "from": "m" },
      "m": ${SOURCE},
      "table": { "op": "write-arrow", "from": "text", "with": { "path": "t.arrow" } } } }`);
    assert.deepEqual(told, []);
    assert.deepEqual(reads(plan, 'text'), { encoding: ['e.out'], language: ['l.out'] });
    assert.deepEqual(reads(plan, 'bad'), { in: ['m.errors', 'a.errors'] });
    assert.deepEqual(reads(plan, 'late'), { in: ['f.dropped'] });
  });

  it('order the nodes so that each comes after what it reads', async () => {
    const { plan } = await checkText(`{ "nodes": {
      "s": { "op": "write-arrow", "from": "r", "with": { "path": "s.arrow" } },
      "r": { "op": "resample", "from": "a" }, "a": { "op": "read-audio", "from": "m" }, "m": ${SOURCE} } }`);
    assert.deepEqual(
      plan?.nodes.map(({ id }) => id),
      ['m', 'a', 'r', 's', 'errors'],
    );
  });
});

describe('error rows', () => {
  it('that no node reads go beside the first Arrow file, which comes into being only if there are any', async () => {
    const { plan } = await checkText(run('"resample"').replace('out.arrow', 'runs/x.arrow'));
    const errors = node(plan, 'errors');
    assert.equal(errors.implicit, true);
    assert.deepEqual({ ...errors.options }, { path: 'runs/x.errors.arrow', ifAny: true });
    assert.deepEqual(reads(plan, 'errors').in, [
      'read-manifest.errors',
      'read-audio.errors',
      'resample.errors',
      'write-arrow.errors',
    ]);
  });

  it('go beside a folder of parts, or under the name of the pipeline where nothing else writes Arrow', async () => {
    const folder = await checkText(run('"resample"').replace('out.arrow', 'runs/parts'));
    assert.equal(node(folder.plan, 'errors').options['path'], 'runs/parts/errors');
    const score = await checkText(`{ "name": "eval", "steps": [ ${SOURCE}, "score" ] }`);
    assert.equal(node(score.plan, 'errors').options['path'], 'eval.errors.arrow');
  });

  it('are left to the nodes that read them', async () => {
    const { plan } = await checkText(`{ "nodes": { "m": ${SOURCE},
      "s": { "op": "write-arrow", "from": "m", "with": { "path": "s.arrow" } },
      "errors": { "op": "write-arrow", "from": ["m.errors", "s.errors"], "with": { "path": "e.arrow" } } } }`);
    assert.deepEqual(reads(plan, 'errors-2'), { in: ['errors.errors'] });
  });
});
