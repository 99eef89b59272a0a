/** Kernels of tfjs that the compiler does not write down, each of which refuses by name and says what to use instead. */
import * as tf from '@tensorflow/tfjs-core';

const outside = 'compute it outside the function and pass the result in';
const dataDependent = 'its shape depends on the numbers, which are known only when the function runs; use a mask';
const random = 'pass random numbers in as an input';
const unfused = 'use the product, tf.add and the activation one by one, which the compiler fuses where that is faster';

/** Behind the name of the kernel: what to do instead. */
const instead: Readonly<Record<string, string>> = {
  Atan2: 'use tf.atan',
  AvgPool3D: 'use tf.mean over an axis of windows',
  BatchToSpaceND: 'use tf.reshape and tf.transpose',
  Bincount: 'use tf.oneHot and tf.sum',
  Complex: 'write real and imaginary parts as two tensors',
  DenseBincount: 'use tf.oneHot and tf.sum',
  DepthToSpace: 'use tf.reshape and tf.transpose',
  Einsum: 'use tf.transpose and tf.matMul',
  FFT: outside,
  FusedConv2D: unfused,
  FusedDepthwiseConv2D: unfused,
  FromPixels: outside,
  IFFT: outside,
  Multinomial: random,
  NonMaxSuppressionV3: dataDependent,
  NonMaxSuppressionV4: dataDependent,
  NonMaxSuppressionV5: dataDependent,
  SpaceToBatchND: 'use tf.reshape and tf.transpose',
  SparseToDense: 'use tf.scatterND',
  Unique: dataDependent,
  _FusedMatMul: unfused,
};

/** Behind the operation in the name of a scope of tfjs. */
const suffix = '__op';

/** The function of tfjs that was called, and the one within it that asks, such as `tf.stft, through tf.complex,`. */
function asking(): string {
  const scopes = tf.engine().state.scopeStack as readonly { readonly name?: string }[];
  const names = scopes.flatMap(({ name }) => (name?.endsWith(suffix) ? [`tf.${name.slice(0, -suffix.length)}`] : []));
  const [outer = 'The function', inner = outer] = [names[0], names.at(-1)];
  return inner === outer ? outer : `${outer}, through ${inner},`;
}

/** Every name of a kernel that tfjs has: the constants that it exports are named as what they hold. */
function kernelNames(): string[] {
  return Object.entries(tf).flatMap(([name, value]) => (name === value ? [name] : []));
}

/** @param known Names of kernels that the compiler has. */
export function refuseOthers(known: ReadonlySet<string>): void {
  for (const kernelName of kernelNames()) {
    if (known.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'recording',
      kernelFunc: () => {
        const mend = instead[kernelName] ?? 'write it with others, or add the kernel (docs/compiler.md)';
        throw new Error(`${asking()} asks for the kernel ${kernelName}, which cannot be compiled: ${mend}.`);
      },
    });
  }
}
