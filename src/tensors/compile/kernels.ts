/** Every kernel that functions under compilation may use. */
import * as tf from '@tensorflow/tfjs-core';
import { arithmeticKernels } from './kernels-arithmetic.ts';
import { convolutionKernels } from './kernels-convolution.ts';
import { productKernels } from './kernels-product.ts';
import { reductionKernels } from './kernels-reduction.ts';
import { scatterKernels } from './kernels-scatter.ts';
import { searchKernels } from './kernels-search.ts';
import { shapeKernels } from './kernels-shape.ts';
import type { Kernels } from './kernel.ts';
import { RecordingBackend, type Recorded } from './recording.ts';
import { refuseOthers } from './unknown-kernels.ts';

export const kernels: Kernels = {
  ...arithmeticKernels,
  ...convolutionKernels,
  ...productKernels,
  ...reductionKernels,
  ...scatterKernels,
  ...searchKernels,
  ...shapeKernels,
};

let shared: RecordingBackend | undefined;

/** The backend of this process, whose kernels are registered at the first call. */
export function recordingBackend(): RecordingBackend {
  if (shared !== undefined) return shared;
  const backend = new RecordingBackend();
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: 'recording',
      kernelFunc: ({ inputs, attrs }) => {
        const tensors = inputs as Readonly<Record<string, tf.TensorInfo>>;
        const given = Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]): [string, Recorded] => [name, backend.recorded(tensor)]),
        );
        const made = (kernel as Write)(given, attrs ?? {});
        return Array.isArray(made) ? made.map((value) => backend.tensor(value)) : backend.tensor(made);
      },
    });
  }
  refuseOthers(new Set(Object.keys(kernels)));
  return (shared = backend);
}

/** A kernel as it is called: tfjs promises that inputs and attributes are what it takes. */
type Write = (inputs: Readonly<Record<string, Recorded>>, attributes: object) => Recorded | Recorded[];
