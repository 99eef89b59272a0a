import type * as tf from '@tensorflow/tfjs-core';

/** The numbers of a tensor, which ends here. */
export async function take(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}
