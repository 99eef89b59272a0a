import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/tensors/onnx/onnx_pb.ts';
import { onnxRuntime } from '../../src/tensors/compile/onnx-runtime.ts';
import { UsageError } from '../../src/errors.ts';
import { exportModel } from '../../src/whisper/export.ts';
import { compiledDevice, keepBackend } from '../support/devices.ts';
import { temporaryFolder } from '../support/folder.ts';
import { plainWhisper } from '../support/plain-whisper.ts';
import { randomNumbers, tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

const { bands, width, decoderLayers, decoderHeads: heads, vocabularySize } = tinyDimensions;
const names = Array.from({ length: decoderLayers }, (_, layer) => [`Keys${layer}`, `Values${layer}`]).flat();
const plain = plainWhisper(tinyWeights(), tinyDimensions);

describe('a model exported to ONNX', function () {
  this.timeout(60_000);
  keepBackend();
  const folder = temporaryFolder();
  const from = join(folder, 'tiny');
  before(async function () {
    await compiledDevice(this);
    await writeTinyModel(from);
  });

  it('gives the logits of plain loops in 64 bits, of tokens at once and one by one', async () => {
    const to = join(folder, 'f32');
    await exportModel({ from, to, format: 'onnx' });
    const { InferenceSession, Tensor } = onnxRuntime();
    const encoder = await InferenceSession.create(join(to, 'encoder.onnx'));
    const decoder = await InferenceSession.create(join(to, 'decoder.onnx'));
    const frames = 24;
    const logMel = Float32Array.from({ length: bands * frames }, randomNumbers(3));
    const heard = await encoder.run({ logMel: new Tensor('float32', logMel, [1, bands, frames]) });
    const states = plain.encode(logMel, frames);
    assertClose(heard['states']!.data as Float32Array, states.flat());

    const text = [261, 263, 8, 70, 12];
    const expected = plain.decode(text, states).logits.flat();
    for (const pieces of [[text], text.map((token) => [token])]) {
      const said: number[] = [];
      let past = new Map<string, InstanceType<typeof Tensor>>(
        names.map((name) => [name, new Tensor('float32', [], [1, heads, 0, width / heads])]),
      );
      for (const piece of pieces) {
        const made = await decoder.run({
          tokens: new Tensor('int32', Int32Array.from(piece), [1, piece.length]),
          ...Object.fromEntries([...past].map(([name, value]) => [`past${name}`, value])),
          ...Object.fromEntries(names.map((name) => [`audio${name}`, heard[`audio${name}`]!])),
        });
        assert.deepEqual(made['logits']!.dims, [1, piece.length, vocabularySize]);
        said.push(...(made['logits']!.data as Float32Array));
        past = new Map(names.map((name) => [name, made[`present${name}`]!]));
      }
      assertClose(said, expected);
    }
    await encoder.release();
    await decoder.release();
  });

  it('has in f32 only operators of the standard, and says what goes in and out', async () => {
    const to = join(folder, 'standard');
    await exportModel({ from, to, format: 'onnx', precision: 'f32', origin: 'a tiny model' });
    for (const file of ['encoder.onnx', 'decoder.onnx']) {
      const { graph } = fromBinary(ModelProtoSchema, readFileSync(join(to, file)));
      assert.deepEqual([...new Set(graph!.node.map(({ domain }) => domain))], ['']);
    }
    const readme = readFileSync(join(to, 'README.md'), 'utf8');
    for (const word of ['a tiny model', 'logMel', 'pastKeys0', 'presentKeys0', 'import onnxruntime']) {
      assert.ok(readme.includes(word), word);
    }
    assert.ok(readdirSync(to).includes('tokenizer.json'));
  });

  it('has the same bytes each time', async () => {
    const [once, again] = [join(folder, 'once'), join(folder, 'again')];
    const precision = 'int8';
    const hash = await exportModel({ from, to: once, format: 'onnx', precision });
    assert.equal(await exportModel({ from, to: again, format: 'onnx', precision }), hash);
  });

  it('is refused where something is already, and leaves nothing behind when the weights are broken', async () => {
    await assert.rejects(exportModel({ from, to: from, format: 'onnx' }), UsageError);
    const broken = await writeTinyModel(join(folder, 'broken'), { config: { encoder_layers: 5 } });
    const to = join(folder, 'never');
    await assert.rejects(exportModel({ from: broken, to, format: 'onnx' }), UsageError);
    assert.ok(!existsSync(to) && !existsSync(`${to}.incomplete`));
  });
});

function assertClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(Math.abs(actual[i]! - expected[i]!) < 1e-4, `number ${i}: ${actual[i]} for ${expected[i]}`);
  }
}
