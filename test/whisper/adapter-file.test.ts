import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { readAdapter, writeAdapter, type LowRankPair } from '../../src/whisper/adapter-file.ts';
import { openAdaptedModel } from '../../src/whisper/adapted-model.ts';
import { findAdapter } from '../../src/whisper/find-adapter.ts';
import { exportModel } from '../../src/whisper/export.ts';
import { findModel } from '../../src/whisper/find-model.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { openSafetensors } from '../../src/whisper/safetensors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { randomNumbers, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

const [rank, width] = [2, 16];
const name = 'model.decoder.layers.1.encoder_attn.v_proj';

function pair(seed: number): LowRankPair {
  const next = randomNumbers(seed);
  const numbers = () => Float32Array.from({ length: rank * width }, next);
  return { rank, input: width, output: width, a: numbers(), b: numbers() };
}

describe('an adapter', () => {
  const folder = temporaryFolder();
  const facts = { rank, alpha: 6, dropout: 0.1, base: { name: 'tiny', sha256: 'ab' } };
  const write = async (what: string, pairs: ReadonlyMap<string, LowRankPair>) => {
    await mkdir(join(folder, what));
    await writeAdapter(join(folder, what), facts, pairs);
    return join(folder, what);
  };
  let model: string;
  before(async () => (model = await writeTinyModel(join(folder, 'tiny'))));

  it('is written under the names of PEFT and read back', async () => {
    const written = await write('one', new Map([[name, pair(1)]]));
    const file = await openSafetensors(join(written, 'adapter_model.safetensors'));
    assert.deepEqual(
      [...file.tensors].map(([key, { shape }]) => [key, [...shape]]),
      [
        [`base_model.model.${name}.lora_A.weight`, [rank, width]],
        [`base_model.model.${name}.lora_B.weight`, [width, rank]],
      ],
    );
    await file.close();
    const read = await readAdapter(written);
    assert.equal(read.scale, 3);
    assert.deepEqual(read.pairs.get(name), pair(1));
  });

  it('changes its targets by scale B A, several together, and nothing else', async () => {
    const adapters = [join(folder, 'one'), await write('two', new Map([[name, pair(2)]]))];
    const { source, facts: adapted } = await openAdaptedModel(model, 'tiny', adapters);
    const base = tinyWeights();
    for (const weight of [`${name}.weight`, 'model.decoder.layers.1.encoder_attn.k_proj.weight']) {
      const found = await source.read(weight);
      base.get(weight)!.forEach((value, place) => {
        const [out, input] = [Math.floor(place / width), place % width];
        let expected = value;
        for (const { a, b } of weight.startsWith(name) ? [pair(1), pair(2)] : []) {
          for (let r = 0; r < rank; r++) expected += 3 * b[out * rank + r]! * a[r * width + input]!;
        }
        assert.ok(Math.abs(found[place]! - expected) < 1e-5);
      });
    }
    await source.close();
    const plain = await openModel(model, 'tiny');
    await plain.source.close();
    assert.notEqual(adapted.sha256, plain.facts.sha256);
  });

  it('is one adapter of several that adds what they add together, each its share', async () => {
    const other = 'model.encoder.layers.0.self_attn.q_proj';
    const three = await write('three', new Map([[other, pair(3)]]));
    const parts = [`${join(folder, 'one')}@0.5`, `${join(folder, 'two')}@0.25`, three];
    for (const [precision, error] of [
      ['f32', 1e-6],
      ['f16', 4e-3],
    ] as const) {
      const to = join(folder, `joined-${precision}`);
      await exportModel({ from: model, to, adapters: parts, format: 'peft', precision });
      assert.equal((await readAdapter(to)).rank, 3 * rank);
      const config = await readFile(join(to, 'adapter_config.json'), 'utf8');
      assert.equal((JSON.parse(config) as { base_model_name_or_path: string }).base_model_name_or_path, 'tiny');
      const [joined, together] = [
        await openAdaptedModel(model, 'tiny', [to]),
        await openAdaptedModel(model, 'tiny', parts),
      ];
      for (const target of [name, other]) {
        const [found, expected] = [
          await joined.source.read(`${target}.weight`),
          await together.source.read(`${target}.weight`),
        ];
        expected.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) <= error, `${found[i]} and ${value}`));
      }
      await joined.source.close();
      await together.source.close();
    }
    await assert.rejects(
      exportModel({ from: model, to: join(folder, 'none'), format: 'peft' }),
      (error: UsageError) => error.code === 'adapter' && /name some by --adapter/.test(error.message),
    );
  });

  it('adds a share of what it is where one is asked for, under another hash', async () => {
    const one = join(folder, 'one');
    const [base, whole, half] = [
      await openModel(model, 'tiny'),
      await openAdaptedModel(model, 'tiny', [one]),
      await openAdaptedModel(model, 'tiny', [`${one}@0.5`]),
    ];
    const of = async ({ source }: typeof base) => source.read(`${name}.weight`);
    const [theta0, theta, between] = [await of(base), await of(whole), await of(half)];
    between.forEach((value, i) => assert.ok(Math.abs(value - (theta0[i]! + theta[i]!) / 2) < 1e-6));
    assert.ok(theta.some((value, i) => Math.abs(value - theta0[i]!) > 0.1));
    assert.notEqual(half.facts.sha256, whole.facts.sha256);
    for (const { source } of [base, whole, half]) await source.close();
  });

  it('comes with diglot, under 8 MB, and suits the embedded model', async () => {
    const { folder: own } = findAdapter('zh-en');
    assert.ok((await stat(join(own, 'adapter_model.safetensors'))).size < 8e6);
    const { source, facts } = await openAdaptedModel(await findModel('whisper-base-int8'), 'base', ['zh-en']);
    assert.equal(facts.name, 'base + zh-en');
    const plain = await openModel(await findModel('whisper-base-int8'), 'base');
    for (const target of (await readAdapter(own)).pairs.keys()) {
      assert.notDeepEqual(await source.read(`${target}.weight`), await plain.source.read(`${target}.weight`));
    }
    await source.close();
    await plain.source.close();
  });

  it('in a folder whose name ends like a share is that folder', async () => {
    const odd = await write('odd@0.5', new Map([[name, pair(1)]]));
    assert.deepEqual(findAdapter(odd), { folder: odd, share: 1 });
    assert.deepEqual(findAdapter(`${odd}@.25`), { folder: odd, share: 0.25 });
  });

  it('is merged by every export', async () => {
    const to = join(folder, 'merged');
    await exportModel({ from: model, to, format: 'safetensors', precision: 'f32', adapters: [join(folder, 'one')] });
    const [merged, adapted] = [
      await openModel(to, 'merged'),
      await openAdaptedModel(model, 'tiny', [join(folder, 'one')]),
    ];
    for (const weight of adapted.source.shapes.keys()) {
      assert.deepEqual(await merged.source.read(weight), await adapted.source.read(weight));
    }
    await merged.source.close();
    await adapted.source.close();
  });

  it('is refused with the reason', async () => {
    const refused = async (work: Promise<unknown>, message: RegExp) =>
      assert.rejects(work, (error: UsageError) => error instanceof UsageError && message.test(error.message));
    await refused(openAdaptedModel(model, 'tiny', ['nowhere']), /no adapter "nowhere".*models\/adapters/);
    const foreign = await write('foreign', new Map([['model.decoder.layers.9.fc1', pair(3)]]));
    await refused(openAdaptedModel(model, 'tiny', [foreign]), /another model: it changes .*layers\.9\.fc1/);
    const config = join(folder, 'two', 'adapter_config.json');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('"use_dora": false', '"use_dora": true'));
    await refused(readAdapter(join(folder, 'two')), /use_dora/);
    await writeFile(config, text.replace('"r": 2', '"r": 3'));
    await refused(readAdapter(join(folder, 'two')), /rank 2 and 2, and the configuration says 3/);
    assert.ok(existsSync(config));
  });
});
