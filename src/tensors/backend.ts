/**
 * Choosing where tensors are computed. tfjs has one global backend a process, so a process has one device at a time:
 * the first choice stands while it is used, and a node that asks for another one is told so.
 *
 * Native packages are optional and fail in many ways (not installed, no binding, a binding that throws at the first
 * product on Node 23 and later), so a device counts only after it computed a product that is known.
 */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.ts';
import { compile, type Inputs, type Traceable } from './compile/compile.ts';
import { recordingBackend } from './compile/kernels.ts';
import { hasCuda, onnxRuntime, providers, sessionThreads, type Provider } from './compile/onnx-runtime.ts';

/** `cpu`, `webgpu` and `cuda` are ONNX Runtime, which runs compiled functions; on the others tfjs runs them itself. */
export const deviceNames = [...providers, 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'] as const;
export type DeviceName = (typeof deviceNames)[number];

/**
 * What `auto` tries, best first. Not `webgpu`: nothing tells a graphics card from a program that plays one, which is a
 * hundred times slower than `cpu`.
 */
const automatic: readonly DeviceName[] = ['cuda', 'cpu', 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'];

/** What computes, and a line for people: what it is, and why the better ones did not load. */
export interface Device {
  readonly device: DeviceName;
  readonly detail: string;
}

const require = createRequire(import.meta.url);

// Production mode keeps tfjs from advertising its other packages on standard error, and from warning of a second copy of
// itself, which a plugin brings.
tf.env().set('PROD', true);

/** A device in use. `release` must be called once; when the last user has, the next one may choose anew. */
export interface ChosenDevice extends Device {
  readonly release: () => void;
}

/**
 * A choice of a device that stands as long as somebody uses it. Programs use `chooseDevice`, the choice of the process.
 * @param load How a device is made to compute; throws a UsageError when it does not.
 */
export function deviceChoice(load: (name: DeviceName) => Promise<Device>) {
  let chosen: Promise<Device> | undefined;
  let users = 0;
  const release = () => {
    users -= 1;
    // A device that nobody uses, or that did not load, must not stand in the way of another one.
    if (users === 0) chosen = undefined;
  };
  return async (name: 'auto' | DeviceName): Promise<ChosenDevice> => {
    users += 1;
    let released = false;
    const releaseOnce = () => {
      if (!released) release();
      released = true;
    };
    try {
      const device = await (chosen ??= name === 'auto' ? firstThatComputes(load) : load(name));
      if (name === 'auto' || name === device.device) return { ...device, release: releaseOnce };
      throw new UsageError(
        'device',
        `This process computes on ${device.device} already, and a node asks for ${name}; name one device for all nodes.`,
      );
    } catch (error) {
      releaseOnce();
      throw error;
    }
  };
}

/**
 * The device of this process. The first of its users decides; the others are given the same, and `auto` accepts any.
 * @throws UsageError `device` when the device does not load, or when the process computes on another one.
 */
export const chooseDevice = deviceChoice(loadDevice);

async function firstThatComputes(load: (name: DeviceName) => Promise<Device>): Promise<Device> {
  const reasons: string[] = [];
  for (const name of automatic) {
    // CUDA is chosen where somebody installed it; that it is absent elsewhere is no news.
    if (name === 'cuda' && !hasCuda()) continue;
    try {
      const { device, detail } = await load(name);
      return { device, detail: [detail, ...reasons].join('; ') };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      reasons.push(error.message.replace(/\.$/, ''));
    }
  }
  throw new UsageError('device', `No device computes: ${reasons.join('; ')}`);
}

/**
 * Makes one device the global tfjs backend and proves that it computes. `chooseDevice` is what programs call; this
 * one remembers nothing, so that tests can compare devices.
 * @throws UsageError `device` with the reason in one sentence.
 */
export async function loadDevice(name: DeviceName): Promise<Device> {
  try {
    const detail = await loaders[name]();
    const provider = providers.find((provider) => provider === name);
    const product = provider === undefined ? eagerProduct() : await compiledProduct(provider);
    if (product !== 11) throw new Error(`it computed ${String(product)} for [1 2] [3 4]`);
    return { device: name, detail };
  } catch (error) {
    throw new UsageError('device', `${name} does not run here: ${reasonOf(error)}.`, { cause: error });
  }
}

function eagerProduct(): number | undefined {
  return tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]);
}

/** The same product, compiled. */
async function compiledProduct(provider: Provider): Promise<number | undefined> {
  const inputs: Inputs = { a: { type: 'float32', shape: ['rows', 2] }, b: { type: 'float32', shape: [2, 1] } };
  const product: Traceable = ({ a, b }) => ({ product: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) });
  const compiled = await compile(product, inputs, { provider });
  const made = await compiled.run({
    a: { values: Float32Array.of(1, 2), shape: [1, 2] },
    b: { values: Float32Array.of(3, 4), shape: [2, 1] },
  });
  await compiled.dispose();
  return made['product']?.values[0];
}

/** One clause for people; the two usual reasons come as long technical messages. */
function reasonOf(error: unknown): string {
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (message.startsWith("Cannot find module 'onnxruntime-node'"))
    return `ONNX Runtime is not installed; ${howToInstall}`;
  if (message.startsWith("Cannot find module '@tensorflow/")) return 'it is not installed';
  if (message.includes('Failed to load shared library')) return `its library does not load; ${howToGetCuda}`;
  if (message.includes('Failed to get a WebGPU adapter')) return 'no driver for Vulkan, Metal or Direct3D 12 was found';
  if (message.startsWith('The Node.js native addon module')) return 'it is installed without its native part';
  return message.trim().replace(/\.$/, '');
}

/** npm drops an optional package whose install script fails, as this one's does where it cannot download CUDA. */
const howToInstall = 'npm install onnxruntime-node --onnxruntime-node-install=skip brings it';
const howToGetCuda =
  'npm install onnxruntime-node --onnxruntime-node-install=cuda12 brings it for Linux on x86-64, and CUDA 12 with cuDNN 9 must be there';

const loaders: Record<DeviceName, () => Promise<string>> = {
  cpu: async () => {
    const threads = sessionThreads();
    return `${useOnnxRuntime()}, ${threads} thread${threads === 1 ? '' : 's'}`;
  },
  webgpu: async () => `${useOnnxRuntime()} on WebGPU`,
  cuda: async () => `${useOnnxRuntime()} on CUDA`,
  'tfjs-node-gpu': async () => loadNative('@tensorflow/tfjs-node-gpu'),
  'tfjs-node': async () => loadNative('@tensorflow/tfjs-node'),
  'tfjs-wasm': async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
    await setBackend('wasm');
    return 'WebAssembly with SIMD, one thread';
  },
  'tfjs-cpu': async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await setBackend('cpu');
    return 'plain JavaScript, slow';
  },
};

/** Weights are made where functions are recorded; nothing computes there. */
function useOnnxRuntime(): string {
  const { env } = onnxRuntime();
  recordingBackend().use();
  return `ONNX Runtime ${env.versions.node ?? ''}`;
}

/** The native backends register themselves as `tensorflow` when their package is required. */
async function loadNative(packageName: string): Promise<string> {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  // Not import(): Node 20 ends the process when an imported package's own CommonJS file throws, in spite of try.
  require(packageName);
  await setBackend('tensorflow');
  const backend = tf.backend() as tf.KernelBackend & {
    readonly binding: { readonly TF_Version: string };
    readonly isUsingGpuDevice: boolean;
  };
  return `TensorFlow ${backend.binding.TF_Version} on the ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`;
}

async function setBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its backend ${name}`);
}
