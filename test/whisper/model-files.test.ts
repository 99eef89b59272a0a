import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { weightShapes } from '../../src/whisper/dimensions.ts';
import { openWeights } from '../../src/whisper/model-files.ts';
import { floatsToHalves, halvesToFloats, type NumberFormat } from '../../src/whisper/number-formats.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { writeSafetensors } from '../../src/whisper/safetensors.ts';
import { checkShapes } from '../../src/whisper/weights.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

const weights = tinyWeights();
const shapes = weightShapes(tinyDimensions);
const bytesOf = (numbers: Float32Array | Uint16Array | Int8Array) =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
const stored = (name: string, format: NumberFormat, shape: readonly number[], bytes: Uint8Array) => ({
  name,
  format,
  shape,
  read: () => Promise.resolve(bytes),
});

describe('a model folder', () => {
  const folder = temporaryFolder();
  const tiny = join(folder, 'tiny');
  before(() => writeTinyModel(tiny));

  /** A copy of the tiny model with other contents of some files; null takes the file away. */
  const changed = (name: string, files: Readonly<Record<string, unknown>>): string => {
    const copy = join(folder, name);
    cpSync(tiny, copy, { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      if (content === null) rmSync(join(copy, file));
      else writeFileSync(join(copy, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return copy;
  };
  const config = (change: object) => ({
    ...(JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8')) as object),
    ...change,
  });

  it('gives sizes, weights and what decoding needs, all read from its files', async () => {
    const place = changed('facts', {
      'config.json': config({ suppress_tokens: [1], begin_suppress_tokens: [2, 3] }),
      'generation_config.json': { suppress_tokens: [7, 9], alignment_heads: [[0, 1]], is_multilingual: false },
    });
    const { facts, dimensions, tokenizer, source } = await openModel(place, 'a name');
    assert.deepEqual(dimensions, tinyDimensions);
    assert.deepEqual(
      { ...facts, sha256: facts.sha256.length },
      {
        name: 'a name',
        sha256: 64,
        vocabularySize: tinyDimensions.vocabularySize,
        bands: 80,
        audioPositions: 40,
        width: 16,
        textPositions: 24,
        multilingual: false,
        alignmentHeads: [[0, 1]],
        suppressTokens: [7, 9],
        beginSuppressTokens: [2, 3],
      },
    );
    assert.deepEqual(
      [...tokenizer.languages],
      [
        ['en', 262],
        ['zh', 263],
      ],
    );
    for (const [name, values] of weights) assert.deepEqual(await source.read(name), values);
    await source.close();
  });

  it('without generation_config.json takes the upper half of the layers for alignment', async () => {
    const { facts, source } = await openModel(changed('bare', { 'generation_config.json': null }), 'bare');
    assert.deepEqual(facts.alignmentHeads, [
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    assert.equal(facts.multilingual, true);
    await source.close();
  });

  it('may have its weights in shards, under names without the prefix, in any of four formats', async () => {
    const place = changed('shards', { 'model.safetensors': null });
    const names = [...weights.keys()];
    const formats = ['F32', 'F16', 'BF16'] as const;
    const expected = new Map<string, Float32Array>();
    const tensors = names.map((name, i) => {
      const values = weights.get(name)!;
      const format = formats[i % 3]!;
      const bits = new Uint32Array(values.slice().buffer);
      const [bytes, rounded] = {
        F32: () => [bytesOf(values), values] as const,
        F16: () => [bytesOf(floatsToHalves(values)), halvesToFloats(floatsToHalves(values))] as const,
        BF16: () =>
          [
            bytesOf(Uint16Array.from(bits, (b) => b >>> 16)),
            new Float32Array(bits.map((b) => b & 0xffff0000).buffer),
          ] as const,
      }[format]();
      expected.set(name, rounded);
      return stored(name.replace('model.', ''), format, shapes.get(name)!, bytes);
    });
    const files = { first: tensors.slice(0, 30), second: tensors.slice(30) };
    const weightMap: Record<string, string> = {};
    for (const [file, part] of Object.entries(files)) {
      await writeSafetensors(join(place, `${file}.safetensors`), part);
      for (const { name } of part) weightMap[name] = `${file}.safetensors`;
    }
    writeFileSync(join(place, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
    const source = await openWeights(place);
    checkShapes(source, tinyDimensions);
    for (const [name, values] of expected) assert.deepEqual(await source.read(name), values);
    await source.close();
  });

  it('may have 8-bit weights with a scale a row', async () => {
    const place = changed('int8', {});
    await writeSafetensors(join(place, 'model.safetensors'), [
      stored('model.a', 'I8', [2, 2], bytesOf(Int8Array.of(1, -2, 3, 4))),
      stored('model.a.scale', 'F32', [2], bytesOf(Float32Array.of(0.5, 2))),
    ]);
    const source = await openWeights(place);
    assert.deepEqual([...(await source.read('model.a'))], [0.5, -1, 6, 8]);
    await source.close();
  });

  const refused = (
    what: string,
    files: Readonly<Record<string, unknown>> | (() => Record<string, unknown>),
    code: string,
    message: RegExp,
  ) =>
    it(`is refused ${what}`, async () => {
      const place = changed(what.replaceAll(/\W/g, '-'), typeof files === 'function' ? files() : files);
      const open = async () => {
        const { dimensions, source } = await openModel(place, place);
        try {
          checkShapes(source, dimensions);
          await source.read('model.encoder.conv1.weight');
        } finally {
          await source.close();
        }
      };
      await assert.rejects(open(), (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });
  refused('without config.json', { 'config.json': null }, 'model', /config\.json does not exist/);
  refused('with a config.json that is no JSON', { 'config.json': '{' }, 'model', /config\.json is not JSON/);
  refused(
    'for another kind of model',
    () => ({ 'config.json': config({ model_type: 'bert' }) }),
    'model',
    /config\.json .*model_type/,
  );
  refused(
    'without a size, naming the field',
    () => ({ 'config.json': config({ d_model: undefined, encoder_layers: 0 }) }),
    'model',
    /d_model: .*encoder_layers: /,
  );
  refused(
    'with heads that do not divide the width',
    () => ({ 'config.json': config({ decoder_attention_heads: 3 }) }),
    'model',
    /decoder_attention_heads: must divide d_model/,
  );
  refused(
    'with another activation',
    () => ({ 'config.json': config({ activation_function: 'relu' }) }),
    'model',
    /activation_function/,
  );
  refused(
    'with an alignment head that is not there',
    { 'generation_config.json': { alignment_heads: [[2, 0]] } },
    'model',
    /alignment head \[2, 0\]/,
  );
  refused(
    'with alignment heads that are no pairs',
    { 'generation_config.json': { alignment_heads: [[1]] } },
    'model',
    /generation_config\.json .*alignment_heads\.0/,
  );
  refused('without tokenizer.json', { 'tokenizer.json': null }, 'tokenizer', /tokenizer\.json cannot be read/);
  refused('without weights', { 'model.safetensors': null }, 'weights', /model\.safetensors cannot be opened/);
  refused(
    'when sizes and weights do not belong together',
    () => ({ 'config.json': config({ encoder_layers: 3 }) }),
    'weights',
    /encoder\.layers\.2\.self_attn\.q_proj\.weight is missing/,
  );
  refused(
    'when a weight has another shape',
    () => ({ 'config.json': config({ max_target_positions: 25 }) }),
    'weights',
    /embed_positions\.weight has the shape \[24, 16\].*calls for \[25, 16\]/,
  );
  refused(
    'when its index names a file outside',
    { 'model.safetensors.index.json': { weight_map: { a: '../other/model.safetensors' } } },
    'weights',
    /"\.\.\/other\/model\.safetensors", which is no file of its folder/,
  );

  it('is refused with whole numbers for weights, or 8 bits without scales', async () => {
    const place = changed('whole', {});
    for (const [format, bytes] of [
      ['I32', 4],
      ['I8', 1],
    ] as const) {
      await writeSafetensors(join(place, 'model.safetensors'), [stored('model.a', format, [1], new Uint8Array(bytes))]);
      const source = await openWeights(place);
      await assert.rejects(source.read('model.a'), new RegExp(`model\\.a is ${format}`));
      await source.close();
    }
  });
});
