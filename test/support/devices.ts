/** Tests on several tfjs backends in one process. */
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice, type DeviceName } from '../../src/tensors/backend.ts';

/** Puts back the backend of the process behind a `describe` block that changes it. */
export function keepBackend(): void {
  let name = '';
  before(() => {
    name = tf.engine().backendName ?? '';
  });
  after(async () => {
    if (name !== '') await tf.setBackend(name);
  });
}

/** The native device that loads here; without one the test is skipped with a notice. */
export async function nativeDevice(test: Mocha.Context): Promise<DeviceName> {
  const reasons: string[] = [];
  for (const name of ['tfjs-node-gpu', 'tfjs-node'] as const) {
    try {
      return (await loadDevice(name)).device;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  console.log(`      skipped: ${reasons.join(' ')} bash scripts/build-tfjs-node.sh builds it.`);
  test.skip();
}

/** The device `cpu`; where ONNX Runtime does not load the test is skipped with a notice. */
export async function compiledDevice(test: Mocha.Context): Promise<DeviceName> {
  try {
    return (await loadDevice('cpu')).device;
  } catch (error) {
    console.log(`      skipped: ${(error as Error).message} npm install onnxruntime-node brings it.`);
    test.skip();
  }
}

/** Every tfjs device that computes here. */
export async function workingDevices(): Promise<DeviceName[]> {
  const working: DeviceName[] = ['tfjs-wasm', 'tfjs-cpu'];
  for (const name of ['tfjs-node-gpu', 'tfjs-node'] as const) {
    await loadDevice(name).then(
      () => working.push(name),
      () => undefined,
    );
  }
  return working;
}
