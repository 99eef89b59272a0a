import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../../src/tensors/backend.ts';
import { compile, type CompileOptions, type NumberArray } from '../../../src/tensors/compile/compile.ts';
import { addEntry, clearEntries, findEntry, keyOf, listEntries } from '../../../src/tensors/compile/graph-cache.ts';
import { recordingBackend } from '../../../src/tensors/compile/kernels.ts';
import { int4Tensor, quantiseTo4Bits } from '../../../src/whisper/int4.ts';
import { quantise } from '../../../src/whisper/int8.ts';
import { computePrecisions, reverseAxes, type ComputePrecision } from '../../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { folderPerTest } from '../../support/folder-per-test.ts';

const day = 86_400_000;

describe('the cache of compiled graphs', () => {
  const folder = folderPerTest();
  const cache = (notes: string[] = []) => ({
    folder: join(folder(), 'graphs'),
    note: (text: string) => notes.push(text),
  });
  const bytes = (count: number) => (place: string) => writeFile(join(place, 'weights'), Buffer.alloc(count, 7));

  it('gives an entry back by its key, with what was written, and lists it', async () => {
    const made = await addEntry(cache(), 'one', 'base int8 encoder', bytes(1000));
    assert.equal(await findEntry(cache(), 'one'), made);
    assert.deepEqual(await readFile(join(made!, 'weights')), Buffer.alloc(1000, 7));
    assert.equal(await findEntry(cache(), 'two'), null);
    const [entry, ...more] = await listEntries(cache().folder);
    assert.deepEqual(more, []);
    assert.deepEqual([entry?.key, entry?.title, entry?.bytes], ['one', 'base int8 encoder', 1000]);
    await clearEntries(cache().folder);
    assert.deepEqual(await listEntries(cache().folder), []);
  });

  it('has another key for whatever differs', () => {
    const keys = [{ a: 1 }, { a: 2 }, { b: 1 }, { a: [1] }, { a: 1, b: null }].map(keyOf);
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
  });

  const damages: readonly (readonly [string, (place: string) => Promise<unknown>])[] = [
    ['cut short', (place) => truncate(join(place, 'weights'), 999)],
    [
      'written over by other bytes of the same number',
      (place) => writeFile(join(place, 'weights'), Buffer.alloc(1000)),
    ],
    ['taken away', (place) => rename(join(place, 'weights'), join(place, 'elsewhere'))],
    ['listed in half a list', (place) => truncate(join(place, 'entry.json'), 20)],
  ];
  for (const [damage, harm] of damages) {
    it(`finds that a file was ${damage}, and makes the entry anew`, async () => {
      const place = await addEntry(cache(), 'one', 'graph', bytes(1000));
      // What is written within a millisecond of the making is not told from it.
      const past = new Date(1e12);
      const list = JSON.parse(await readFile(join(place!, 'entry.json'), 'utf8')) as {
        files: { weights: { changed: number } };
      };
      list.files.weights.changed = past.getTime();
      await writeFile(join(place!, 'entry.json'), JSON.stringify(list));
      await utimes(join(place!, 'weights'), past, past);
      assert.equal(await findEntry(cache(), 'one'), place);
      await harm(place!);
      assert.equal(await findEntry(cache(), 'one'), null);
      assert.deepEqual(await readdir(cache().folder), []);
      assert.equal(await addEntry(cache(), 'one', 'graph', bytes(1000)), place);
    });
  }

  it('keeps one whole entry of many writers at once', async () => {
    const writers = Array.from({ length: 8 }, () => addEntry(cache(), 'one', 'graph', bytes(100_000)));
    const places = await Promise.all(writers);
    assert.equal(new Set(places).size, 1);
    assert.deepEqual(await readdir(cache().folder), ['one']);
    assert.equal(await findEntry(cache(), 'one'), places[0]);
  });

  it('keeps one whole entry of two processes at once', async () => {
    const module = new URL('../../../src/tensors/compile/graph-cache.ts', import.meta.url);
    const program = `
      import { writeFile } from 'node:fs/promises';
      import { addEntry } from ${JSON.stringify(module)};
      const write = (place) => writeFile(place + '/weights', Buffer.alloc(1_000_000, process.argv[2]));
      process.stdout.write(await addEntry({ folder: process.argv[1] }, 'one', 'graph', write));`;
    const places = await Promise.all(
      ['a', 'b'].map(async (letter) => {
        const node = ['--import', 'tsx', '--input-type=module', '--eval', program, cache().folder, letter];
        return (await promisify(execFile)(process.execPath, node)).stdout;
      }),
    );
    assert.deepEqual(places, [join(cache().folder, 'one'), join(cache().folder, 'one')]);
    assert.deepEqual(await readdir(cache().folder), ['one']);
    const weights = await readFile(join(cache().folder, 'one', 'weights'));
    assert.equal(weights.length, 1_000_000);
    assert.ok(weights.every((byte) => byte === weights[0]));
  });

  it('removes what was not used for longest when all are too large, and never the newest', async () => {
    const bounded = { ...cache(), limit: 2500 };
    const age = async (key: string, days: number) => {
      const then = new Date(Date.now() - days * day);
      await utimes(join(bounded.folder, key, 'entry.json'), then, then);
    };
    for (const key of ['a', 'b']) await addEntry(bounded, key, key, bytes(1000));
    await age('a', 3);
    await age('b', 2);
    await findEntry(bounded, 'a');
    await addEntry(bounded, 'c', 'c', bytes(1000));
    assert.deepEqual((await readdir(bounded.folder)).sort(), ['a', 'c']);
    await addEntry(bounded, 'large', 'large', bytes(9000));
    assert.deepEqual(await readdir(bounded.folder), ['large']);
  });

  it('removes what a killed process left unfinished, and leaves what another is writing', async () => {
    const { folder } = cache();
    for (const name of ['.old.1', '.new.1']) await mkdir(join(folder, name), { recursive: true });
    const then = new Date(Date.now() - day);
    await utimes(join(folder, '.old.1'), then, then);
    await addEntry(cache(), 'one', 'graph', bytes(1));
    assert.deepEqual((await readdir(folder)).sort(), ['.new.1', 'one']);
  });

  it('goes without a folder that cannot be written, and says so', async () => {
    const notes: string[] = [];
    await writeFile(join(folder(), 'graphs'), 'a file stands where the folder should be');
    assert.equal(await addEntry(cache(notes), 'one', 'base f32 encoder cpu', bytes(1)), null);
    assert.equal(notes.length, 1);
    assert.match(
      notes[0]!,
      /^base f32 encoder cpu is not kept, and every start makes it anew: .*"cacheFolder" names another folder\.$/,
    );
    if (process.getuid?.() === 0) return;
    await mkdir(join(folder(), 'locked'));
    await chmod(join(folder(), 'locked'), 0o500);
    assert.equal(await addEntry({ folder: join(folder(), 'locked') }, 'one', '', bytes(1)), null);
  });

  describe('of a function', () => {
    keepBackend();

    const side = 64;
    const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(step * i) / 8);
    const x: NumberArray = { values: wave(3 * side, 0.7), shape: [3, side] };
    /** Squares, as each precision holds them. */
    const weightsIn: Readonly<Record<ComputePrecision, (kernel: Float32Array) => tf.Tensor>> = {
      f32: (kernel) => tf.tensor(kernel, [side, side]),
      int8(kernel) {
        const { values, scales } = quantise(kernel, side);
        return recordingBackend().quantised(reverseAxes(values, [side, side]), scales, [side, side]);
      },
      int4: (kernel) => int4Tensor(quantiseTo4Bits(kernel), [side, side]),
    };

    /** Two products by weights, and whether the function was recorded. */
    const product = async (
      options: CompileOptions,
      precision: ComputePrecision = 'f32',
    ): Promise<{ values: NumberArray['values']; traced: boolean }> => {
      let traced = false;
      const [first, second] = recordingBackend().within(() =>
        [1, 2].map((step) => weightsIn[precision](wave(side * side, step))),
      ) as [tf.Tensor2D, tf.Tensor2D];
      const inputs = { x: { type: 'float32', shape: ['rows', side] } } as const;
      const beforeTrace = async () => {
        traced = true;
      };
      const fn = ({ x }: Readonly<Record<string, tf.Tensor>>) => ({
        y: tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, first)), second),
      });
      const compiled = await compile(fn, inputs, { ...options, beforeTrace });
      const { y } = await compiled.run({ x });
      await compiled.dispose();
      return { values: y!.values, traced };
    };
    const kept = (facts: object = { weights: 'sha256' }, notes: string[] = []): CompileOptions => ({
      name: 'product',
      kept: { cache: cache(notes), title: 'test f32', facts },
    });

    before(async function () {
      await loadDevice(await compiledDevice(this));
    });

    for (const precision of computePrecisions) {
      it(`gives the same numbers in ${precision} when made, when found, and without a cache, and is recorded once`, async () => {
        const without = await product({}, precision);
        const made = await product(kept(), precision);
        const found = await product(kept(), precision);
        assert.ok(without.values.every(Number.isFinite));
        assert.deepEqual([without.traced, made.traced, found.traced], [true, true, false]);
        assert.deepEqual(made.values, without.values);
        assert.deepEqual(found.values, without.values);
      });
    }

    it('is kept as a graph and its weights, under a title', async () => {
      await product(kept());
      const [entry] = await listEntries(cache().folder);
      assert.equal(entry?.title, 'test f32 product cpu');
      assert.deepEqual((await readdir(join(cache().folder, entry.key))).sort(), [
        'entry.json',
        'graph.onnx',
        'weights.bin',
      ]);
    });

    it('is compiled anew for other weights, and with other passes', async () => {
      await product(kept());
      assert.equal((await product(kept({ weights: 'others' }))).traced, true);
      assert.equal((await product({ ...kept(), without: ['fuseGelu'] })).traced, true);
      assert.equal((await listEntries(cache().folder)).length, 3);
    });

    it('is compiled anew where ONNX Runtime cannot open what is kept', async () => {
      const { values } = await product(kept());
      const [entry] = await listEntries(cache().folder);
      const place = join(cache().folder, entry!.key);
      await writeFile(join(place, 'graph.onnx'), 'no graph');
      const list = { title: '', files: {} };
      await writeFile(join(place, 'entry.json'), JSON.stringify(list));
      const again = await product(kept());
      assert.equal(again.traced, true);
      assert.deepEqual(again.values, values);
      assert.equal((await product(kept())).traced, false);
    });

    it('runs where the cache cannot be written', async () => {
      const notes: string[] = [];
      await writeFile(join(folder(), 'graphs'), '');
      const { values } = await product(kept({}, notes));
      assert.deepEqual(values, (await product({})).values);
      assert.equal(notes.length, 1);
    });
  });
});
