/** ONNX Runtime, which is an optional package, and how its sessions are set up. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';

type OnnxRuntime = typeof import('onnxruntime-node');

const require = createRequire(import.meta.url);

/** @throws Error with the reason when the package is not installed or does not load here. */
export function onnxRuntime(): OnnxRuntime {
  // Not import(): Node 20 ends the process when an imported package's own CommonJS file throws, in spite of try.
  return require('onnxruntime-node') as OnnxRuntime;
}

/** ONNX Runtime's execution providers; their names are those of the devices. */
export const providers = ['cpu', 'webgpu', 'cuda'] as const;
export type Provider = (typeof providers)[number];

/** Files that a driver for NVIDIA's cards makes on Linux; the second is Windows's own Linux. */
const cards = ['/dev/nvidiactl', '/dev/dxg'];

/** Whether there may be a card, and ONNX Runtime's library for CUDA, which its package leaves out, was put beside it. */
export function hasCuda(): boolean {
  if (process.platform === 'linux' && !cards.some((card) => existsSync(card))) return false;
  try {
    const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6');
    const library =
      process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
    return existsSync(join(folder, process.platform, process.arch, library));
  } catch {
    return false;
  }
}

/** One thread for each processor that this process may use. */
export function sessionThreads(): number {
  return availableParallelism();
}

/** @param entries Configuration entries of the session beside our own (onnxruntime_session_options_config_keys.h). */
export function sessionOptions(
  provider: Provider,
  entries: Readonly<Record<string, string>> = {},
): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: sessionThreads(),
    interOpNumThreads: 1,
    // A plan for all values of a run is made behind the first one, and stands beside what that one took.
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Threads that wait busily take the processor from the program's own work, and from other programs'.
    extra: { session: { intra_op: { allow_spinning: '0' }, ...entries } },
  };
}
