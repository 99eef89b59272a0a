/** ONNX Runtime, which is an optional package. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

type OnnxRuntime = typeof import('onnxruntime-node');

const require = createRequire(import.meta.url);

/** @throws Error with the reason when the package is not installed or does not load here. */
export function onnxRuntime(): OnnxRuntime {
  // Not import(): Node 20 ends the process when an imported package's own CommonJS file throws, in spite of try.
  return require('onnxruntime-node') as OnnxRuntime;
}

/** One thread for each processor that this process may use. */
export function sessionThreads(): number {
  return availableParallelism();
}
