import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import { weightShapes, type Dimensions } from '../../src/whisper/dimensions.ts';
import { ggmlFormats } from '../../src/whisper/ggml-formats.ts';
import { openaiName, openGgml } from '../../src/whisper/ggml.ts';
import { floatsToHalves, halfToFloat } from '../../src/whisper/number-formats.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fuzzRuns, mutated } from '../support/mutations.ts';
import { tinyDimensions, tinyVocabulary, tinyWeights } from '../support/tiny-model.ts';

const int = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);

interface Written {
  readonly format: number;
  readonly bytes: Uint8Array;
}
const single = (values: Float32Array): Written => ({ format: 0, bytes: new Uint8Array(values.buffer) });
const half = (values: Float32Array): Written => ({ format: 1, bytes: new Uint8Array(floatsToHalves(values).buffer) });

/** As whisper.cpp's convert-pt-to-ggml.py writes it. */
function ggmlFile(
  dimensions: Dimensions,
  weights: ReadonlyMap<string, Float32Array>,
  write: (name: string, values: Float32Array) => Written,
) {
  const d = dimensions;
  const parts = [
    int(0x67676d6c, d.vocabularySize, d.audioPositions, d.width, d.encoderHeads, d.encoderLayers),
    int(d.textPositions, d.width, d.decoderHeads, d.decoderLayers, d.bands, 1),
    int(d.bands, 201),
    Buffer.alloc(4 * d.bands * 201),
    int(tinyVocabulary.length),
    ...tinyVocabulary.flatMap((token) => [int(token.length), token]),
  ];
  for (const [name, values] of weights) {
    const shape = [...weightShapes(dimensions).get(name)!];
    if (/conv\d\.bias$/.test(name)) shape.push(1);
    const { format, bytes } = write(name, values);
    const theirs = Buffer.from(openaiName(name));
    parts.push(int(shape.length, theirs.length, format), int(...shape.reverse()), theirs, bytes);
  }
  return Buffer.concat(parts);
}

// Every size four times the width, as in all Whisper models, and vocabulary for exactly 99 languages.
const dimensions: Dimensions = { ...tinyDimensions, vocabularySize: tinyVocabulary.length + 2 + 99 + 6 + 1501 };
const weights = new Map(tinyWeights());
const embedding = Float32Array.from({ length: dimensions.vocabularySize * dimensions.width }, (_, i) => Math.sin(i));
weights.set('model.decoder.embed_tokens.weight', embedding);

describe('ggml files', () => {
  const path = join(temporaryFolder(), 'ggml-tiny.bin');

  it('give sizes, vocabulary and 32-bit weights back', async () => {
    writeFileSync(
      path,
      ggmlFile(dimensions, weights, (_, values) => single(values)),
    );
    const model = await openGgml(path);
    assert.deepEqual(model.dimensions, dimensions);
    assert.deepEqual(
      model.vocabulary.map((token) => [...token]),
      tinyVocabulary.map((token) => [...token]),
    );
    assert.deepEqual(new Map(model.source.shapes), weightShapes(dimensions));
    for (const [name, values] of weights) assert.deepEqual(await model.source.read(name), values);
    await model.source.close();
  });

  it('give 16-bit weights back as they were rounded', async () => {
    writeFileSync(
      path,
      ggmlFile(dimensions, weights, (_, values) => (values.length > 64 ? half(values) : single(values))),
    );
    const { source } = await openGgml(path);
    const name = 'model.encoder.conv2.weight';
    assert.deepEqual(await source.read(name), Float32Array.from(floatsToHalves(weights.get(name)!), halfToFloat));
    await source.close();
  });

  it('are models, with the languages that the vocabulary leaves room for', async () => {
    writeFileSync(
      path,
      ggmlFile(dimensions, weights, (_, values) => single(values)),
    );
    const model = await openModel(path, 'tiny');
    assert.equal(model.tokenizer.languages.size, 99);
    assert.equal(model.tokenizer.decode(model.tokenizer.encode('hello 你好')), 'hello 你好');
    assert.deepEqual(model.facts.alignmentHeads, [
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    assert.match(model.facts.sha256, /^[0-9a-f]{64}$/);
    await model.source.close();
  });

  it('have names that openai-whisper gives', () => {
    assert.equal(openaiName('model.encoder.layers.3.self_attn.q_proj.weight'), 'encoder.blocks.3.attn.query.weight');
    assert.equal(
      openaiName('model.decoder.layers.0.encoder_attn.out_proj.bias'),
      'decoder.blocks.0.cross_attn.out.bias',
    );
    assert.equal(
      openaiName('model.decoder.layers.0.encoder_attn_layer_norm.bias'),
      'decoder.blocks.0.cross_attn_ln.bias',
    );
    assert.equal(openaiName('model.decoder.layers.11.self_attn_layer_norm.weight'), 'decoder.blocks.11.attn_ln.weight');
    assert.equal(openaiName('model.decoder.layers.1.fc1.weight'), 'decoder.blocks.1.mlp.0.weight');
    assert.equal(openaiName('model.decoder.layers.1.final_layer_norm.weight'), 'decoder.blocks.1.mlp_ln.weight');
    assert.equal(openaiName('model.encoder.layer_norm.weight'), 'encoder.ln_post.weight');
    assert.equal(openaiName('model.decoder.layer_norm.weight'), 'decoder.ln.weight');
    assert.equal(openaiName('model.encoder.embed_positions.weight'), 'encoder.positional_embedding');
    assert.equal(openaiName('model.decoder.embed_tokens.weight'), 'decoder.token_embedding.weight');
  });

  const faults: [string, (file: Buffer) => Buffer, RegExp][] = [
    ['another magic', (file) => Buffer.concat([Buffer.from('GGUF'), file.subarray(4)]), /does not begin with "ggml"/],
    ['sizes below 1', (file) => patched(file, 12, 0), /its sizes are/],
    ['heads that do not divide the width', (file) => patched(file, 16, 3), /do not go with 3/],
    ['more filters than there is file', (file) => patched(file, 48, 4000), /it ends within/],
    ['more tokens than ids', (file) => patched(file, 56 + 4 * 80 * 201, 1 << 20), /number of tokens/],
    ['an unknown number format', (file) => patched(file, startOfTensors + 8, 12), /in format 12; diglot reads/],
    ['a tensor beyond the end', (file) => file.subarray(0, file.length - 1), /does not fit the file/],
  ];
  const vocabularyBytes = tinyVocabulary.reduce((sum, token) => sum + 4 + token.length, 0);
  const startOfTensors = 56 + 4 * 80 * 201 + 4 + vocabularyBytes;
  const patched = (file: Buffer, at: number, value: number) => {
    file.writeInt32LE(value, at);
    return file;
  };
  for (const [what, damage, message] of faults) {
    it(`with ${what} are refused`, async () => {
      writeFileSync(path, damage(ggmlFile(dimensions, weights, (_, values) => single(values))));
      await assert.rejects(openGgml(path), (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it(`of any damage are refused or give numbers (${fuzzRuns} tried)`, async function () {
    this.timeout(600_000);
    const small = { ...dimensions, bands: 2, encoderLayers: 1, decoderLayers: 1, audioPositions: 2, textPositions: 2 };
    const [name, values] = ['model.encoder.conv1.bias', new Float32Array(16)];
    const sound = ggmlFile(small, new Map([[name, values]]), (_, numbers) => single(numbers));
    await fc.assert(
      fc.asyncProperty(mutated(sound), async (bytes) => {
        writeFileSync(path, bytes);
        try {
          const { source } = await openGgml(path);
          try {
            if (source.shapes.has(name)) await source.read(name);
          } finally {
            await source.close();
          }
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe("ggml's blocks of 32", () => {
  const scale = 0.5;
  const least = -3;
  const halfBytes = (value: number) => [...new Uint8Array(floatsToHalves(Float32Array.of(value)).buffer)];
  // Number i is in the lower half of byte i, number 16 + i in its upper half.
  const nibbles = Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4));
  const low = (i: number) => (i < 16 ? i : 31 - i);
  // The fifth bits: numbers 0, 5, 17 and 31 have one.
  const fifth = [0, 5, 17, 31];
  const fifthBytes = [...new Uint8Array(Uint32Array.of(fifth.reduce((bits, i) => (bits | (2 ** i)) >>> 0, 0)).buffer)];
  const high = (i: number) => (fifth.includes(i) ? 16 : 0);
  const cases: [number, string, number[], (i: number) => number][] = [
    [2, 'Q4_0', [...halfBytes(scale), ...nibbles], (i) => scale * (low(i) - 8)],
    [3, 'Q4_1', [...halfBytes(scale), ...halfBytes(least), ...nibbles], (i) => scale * low(i) + least],
    [6, 'Q5_0', [...halfBytes(scale), ...fifthBytes, ...nibbles], (i) => scale * (low(i) + high(i) - 16)],
    [
      7,
      'Q5_1',
      [...halfBytes(scale), ...halfBytes(least), ...fifthBytes, ...nibbles],
      (i) => scale * (low(i) + high(i)) + least,
    ],
    [
      8,
      'Q8_0',
      [...halfBytes(scale), ...Array.from({ length: 32 }, (_, i) => (256 + i * 8 - 128) & 255)],
      (i) => scale * (i * 8 - 128),
    ],
  ];
  for (const [number, name, block, expected] of cases) {
    it(`in ${name} stand for scale, offset and bits as ggml-quants.c has them`, () => {
      const format = ggmlFormats.get(number)!;
      assert.equal(format.name, name);
      assert.equal(format.bytes, block.length);
      const twice = format.toFloats(Uint8Array.from([...block, ...block]));
      assert.deepEqual(
        [...twice],
        [...Array(64).keys()].map((i) => expected(i % 32)),
      );
    });
  }
});
