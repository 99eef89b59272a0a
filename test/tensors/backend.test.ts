import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../src/errors.ts';
import { deviceChoice, loadDevice, type DeviceName } from '../../src/tensors/backend.ts';
import { compiledDevice, keepBackend, nativeDevice } from '../support/devices.ts';

describe('devices', () => {
  keepBackend();

  it('loads WebAssembly and plain JavaScript anywhere, and they compute', async () => {
    for (const [name, backend] of [
      ['tfjs-wasm', 'wasm'],
      ['tfjs-cpu', 'cpu'],
    ] as const) {
      assert.equal((await loadDevice(name)).device, name);
      assert.equal(tf.getBackend(), backend);
      assert.deepEqual(
        [...tf.tidy(() => tf.softmax(tf.tensor1d([0, Math.log(3)])).dataSync())].map(round),
        [0.25, 0.75],
      );
    }
  });

  it('runs the native TensorFlow backend: products, convolutions, gradients', async function () {
    const name = await nativeDevice(this);
    const { detail } = await loadDevice(name);
    assert.equal(tf.getBackend(), 'tensorflow');
    assert.match(detail, /^TensorFlow \d+\.\d+/);
    tf.tidy(() => {
      const x = tf.tensor3d([1, 2, 3, 4], [1, 4, 1]);
      const sums = tf.conv1d(x, tf.ones<tf.Rank.R3>([2, 1, 1]), 1, 'valid');
      assert.deepEqual([...sums.dataSync()], [3, 5, 7]);
      const slope = tf.grad((a) => tf.sum(tf.mul(tf.square(a), a)))(tf.tensor1d([1, 2]));
      assert.deepEqual([...slope.dataSync()], [3, 12]);
    });
  });

  it('loads ONNX Runtime, and it computes', async function () {
    const name = await compiledDevice(this);
    const { device, detail } = await loadDevice(name);
    assert.equal(device, 'cpu');
    assert.match(detail, /^ONNX Runtime \d+\.\d+\.\d+, \d+ threads?$/);
  });

  it('says in one sentence why a device does not run', async () => {
    // A native device that runs here gives the sentence for its absence from the other one's mouth.
    const results = await Promise.allSettled([loadDevice('tfjs-node-gpu'), loadDevice('tfjs-node')]);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      assert.ok(result.reason instanceof UsageError);
      assert.equal(result.reason.code, 'device');
      assert.match(result.reason.message, /^tfjs-node(-gpu)? does not run here: [^\n]+[^.]\.$/);
    }
  });
});

describe('the choice of a device', () => {
  const loaded: DeviceName[] = [];
  const choice = (working: readonly DeviceName[]) => {
    loaded.length = 0;
    return deviceChoice((device) => {
      loaded.push(device);
      if (working.includes(device)) return Promise.resolve({ device, detail: 'it computes' });
      return Promise.reject(new UsageError('device', `${device} does not run here: no reason.`));
    });
  };
  const rejection = (message: RegExp) => (error: unknown) =>
    error instanceof UsageError && error.code === 'device' && message.test(error.message);

  it('takes the first of auto that computes and tells why the better ones did not', async () => {
    const { device, detail } = await choice(['tfjs-wasm', 'tfjs-cpu'])('auto');
    assert.equal(device, 'tfjs-wasm');
    assert.equal(
      detail,
      'it computes; cpu does not run here: no reason; tfjs-node-gpu does not run here: no reason; tfjs-node does not run here: no reason',
    );
    assert.deepEqual(loaded, ['cpu', 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm']);
  });

  it('stands once it is made: the same again, auto again, but no other', async () => {
    const choose = choice(['tfjs-node', 'tfjs-wasm']);
    assert.equal((await choose('tfjs-wasm')).device, 'tfjs-wasm');
    assert.equal((await choose('auto')).device, 'tfjs-wasm');
    assert.equal((await choose('tfjs-wasm')).device, 'tfjs-wasm');
    await assert.rejects(choose('tfjs-node'), rejection(/computes on tfjs-wasm already, .*asks for tfjs-node/));
    assert.deepEqual(loaded, ['tfjs-wasm']);
  });

  it('is open again when every user has released it, each once', async () => {
    const choose = choice(['tfjs-node', 'tfjs-wasm']);
    const one = await choose('tfjs-wasm');
    const two = await choose('auto');
    one.release();
    one.release();
    await assert.rejects(choose('tfjs-node'), rejection(/computes on tfjs-wasm already/));
    two.release();
    assert.equal((await choose('tfjs-node')).device, 'tfjs-node');
  });

  it('is open again after a device that did not load', async () => {
    const choose = choice(['tfjs-wasm']);
    await assert.rejects(choose('tfjs-node'), rejection(/tfjs-node does not run here/));
    assert.equal((await choose('auto')).device, 'tfjs-wasm');
  });

  it('says so when nothing computes', async () => {
    await assert.rejects(choice([])('auto'), rejection(/No device computes: .*tfjs-cpu/));
  });
});

const round = (value: number) => Math.round(1e6 * value) / 1e6;
