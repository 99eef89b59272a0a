import assert from 'node:assert/strict';
import { SINK, SOURCE, checkText, node, run } from '../load-text.ts';

describe('parameters', () => {
  const file = (declared: string, options: string) =>
    `{ "params": { ${declared} }, "steps": [ ${SOURCE}, "read-audio", { "op": "resample", "with": { "sampleRate": "\${params.rate}" } },
       "log-mel", { "op": "encode", "with": ${options} }, ${SINK.replace('"out.arrow"', '"out/${params.name}-${params.rate}.arrow"')} ] }`;
  const declared = `"rate": { "type": "integer", "describe": "Hz." }, "name": { "type": "string", "describe": "x", "default": "a" },
    "model": { "type": "path", "describe": "x", "required": true }, "slack": { "type": "number", "describe": "x", "default": 2.5 }`;
  const options = '{ "model": "${params.model}", "window": { "kind": "fit", "slack": "${params.slack}" } }';

  it('keep the type of their value, and are written into longer text', async () => {
    const { told, plan } = await checkText(file(declared, options), { parameters: { rate: '8000', model: 'm' } });
    assert.deepEqual(told, []);
    assert.deepEqual({ ...node(plan, 'resample').options }, { sampleRate: 8000 });
    assert.deepEqual(node(plan, 'encode').options['window'], { kind: 'fit', slack: 2.5 });
    assert.equal(node(plan, 'write-arrow').options['path'], 'out/a-8000.arrow');
    assert.deepEqual(plan?.overrides, ['params.rate=8000', 'params.model=m']);
  });

  it('without value and default take away the key, so that the operator has its own default', async () => {
    const text = file(declared, options).replace('out/${params.name}-${params.rate}.arrow', 'out/${params.name}.arrow');
    const { told, plan } = await checkText(text, { parameters: { model: 'm' } });
    assert.deepEqual(told, []);
    assert.deepEqual({ ...node(plan, 'resample').options }, { sampleRate: 16_000 });
  });

  it('are listed for the command line with flag, type, default and choices', async () => {
    const { loaded } = await checkText(
      run(
        '{ "op": "resample", "with": { "sampleRate": "${params.sampleRate}" } }',
        `"params": { "sampleRate": { "type": "integer",
        "describe": "Hz.", "default": 8000, "choices": [8000, 16000], "short": "r" } },`,
      ),
    );
    assert.deepEqual(loaded.params, [
      {
        name: 'sampleRate',
        flag: 'sample-rate',
        short: 'r',
        type: 'integer',
        describe: 'Hz.',
        required: false,
        default: 8000,
        choices: [8000, 16_000],
      },
    ]);
  });

  for (const [type, text, value] of [
    ['string', '12', '12'],
    ['path', 'a,b', 'a,b'],
    ['string[]', 'zh,en', ['zh', 'en']],
    ['path[]', '["a,b.wav","c.wav"]', ['a,b.wav', 'c.wav']],
    ['path[]', '[1].wav,b.wav', ['[1].wav', 'b.wav']],
    ['string[]', '', []],
  ] as const) {
    it(`of type ${type} read the flag ${JSON.stringify(text)} as ${JSON.stringify(value)}`, async () => {
      const { loaded, told } = await checkText(
        `{ "params": { "x": { "type": "${type}", "describe": "x" } }, "steps": [ { "op": "read-manifest", "with": { "path": "\${params.x}" } }, ${SINK} ] }`,
        { parameters: { x: text } },
      );
      assert.deepEqual(
        loaded.nodes[0]?.options.value instanceof Map && told.filter((fault) => fault.includes('params.x')),
        [],
      );
      const path = loaded.nodes[0]!.options.value as ReadonlyMap<string, { located: { value: unknown } }>;
      const given = path.get('path')!.located.value;
      assert.deepEqual(Array.isArray(given) ? given.map((item: { value: unknown }) => item.value) : given, value);
    });
  }

  it('are written literally behind a second dollar sign', async () => {
    const { plan } = await checkText(run('"resample"').replace('out.arrow', () => '$${params.x}.arrow'));
    assert.equal(node(plan, 'write-arrow').options['path'], '${params.x}.arrow');
  });
});

describe('--set', () => {
  const set = (overrides: string[], text = run('"resample", "log-mel"')) => checkText(text, { overrides });

  it('changes options of nodes and of bare steps before anything is checked, and is recorded', async () => {
    const overrides = ['nodes.log-mel.with.bands=128', 'inFlight=3', 'nodes.write-arrow.with.path=other.arrow'];
    const { told, plan } = await set(overrides);
    assert.deepEqual(told, []);
    assert.equal(node(plan, 'log-mel').options['bands'], 128);
    assert.equal(node(plan, 'write-arrow').options['path'], 'other.arrow');
    assert.equal(plan?.inFlight, 3);
    assert.deepEqual(plan?.overrides, overrides);
  });

  it('reads JSON where it can, the last one wins, and text may hold =', async () => {
    const { plan } = await set([
      'nodes.write-arrow.with.path=a=b.arrow',
      'nodes.log-mel.onError={"attempts":2}',
      'inFlight=1',
      'inFlight=2',
    ]);
    assert.equal(node(plan, 'write-arrow').options['path'], 'a=b.arrow');
    assert.equal(node(plan, 'log-mel').onError.attempts, 2);
    assert.equal(plan?.inFlight, 2);
  });

  it('replaces a reference to a parameter without making the parameter a fault', async () => {
    const text = run(
      '{ "op": "log-mel", "with": { "bands": "${params.bands}" } }',
      '"params": { "bands": { "type": "integer", "describe": "x" } },',
    );
    const { told, plan } = await set(['nodes.log-mel.with.bands=128'], text);
    assert.deepEqual(told, []);
    assert.equal(node(plan, 'log-mel').options['bands'], 128);
  });
});
