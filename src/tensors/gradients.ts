/**
 * Gradients of the kernels that training meets. tfjs-core has some of every kernel, but keeps them in files that only
 * bundlers can read: Node finds neither their type nor their extensions. Those written here say the same; importing this
 * module registers them.
 *
 * They are also written for the compiler: no tile of a size that has a name (docs/compiler.md), and sums rather than loops.
 */
import * as tf from '@tensorflow/tfjs-core';

type Gradient = () => tf.Tensor;
type Gradients = Readonly<Record<string, Gradient>>;
type Attributes = Readonly<Record<string, unknown>>;

/** One gradient by its kernel: what it keeps of the forward pass, and each input's gradient from that of the output. */
interface Rule {
  readonly kernel: string;
  /** Inputs that are kept, then the output where `output` is true: what `gradient` is given as `saved`. */
  readonly inputs?: readonly string[];
  readonly all?: boolean;
  readonly output?: boolean;
  readonly gradient: (dy: tf.Tensor, saved: readonly tf.Tensor[], attributes: Attributes) => Gradients;
}

/** Sums over the axes along which an input of a pairwise kernel was repeated. */
function shrunk(gradient: tf.Tensor, { shape }: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length === 0 ? gradient : tf.sum(gradient, axes), [...shape]);
}

/** A kernel of two inputs that are repeated to one shape. */
function pairwise(
  kernel: string,
  gradient: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => { readonly a: Gradient; readonly b: Gradient },
): Rule {
  return {
    kernel,
    inputs: ['a', 'b'],
    gradient: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const of = gradient(dy, a, b);
      return { a: () => shrunk(of.a(), a), b: () => shrunk(of.b(), b) };
    },
  };
}

/** A kernel that does the same to each number. */
function each(kernel: string, from: 'x' | 'y', gradient: (dy: tf.Tensor, value: tf.Tensor) => tf.Tensor): Rule {
  return {
    kernel,
    ...(from === 'x' ? { inputs: ['x'] } : { output: true }),
    gradient: (dy, [value]) => ({ x: () => gradient(dy, value as tf.Tensor) }),
  };
}

/** The gradient of a reduction with its axes put back, so that it is repeated by whatever it is multiplied with. */
function widened(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = axesOf(x, axis);
  return tf.reshape(
    dy,
    x.shape.map((size, index) => (axes.includes(index) ? 1 : size)),
  );
}

function axesOf(x: tf.Tensor, axis: unknown): number[] {
  return tf.util.parseAxisParam((axis ?? x.shape.map((_, index) => index)) as number | number[], x.shape);
}

/** As many numbers as a reduction makes one of. */
const countOf = (x: tf.Tensor, axis: unknown) =>
  axesOf(x, axis).reduce((count, index) => count * (x.shape[index] as number), 1);

function ofProduct(dy: tf.Tensor, saved: readonly tf.Tensor[], attributes: Attributes): Gradients {
  const [a, b] = saved as [tf.Tensor, tf.Tensor];
  const { transposeA = false, transposeB = false } = attributes as { transposeA?: boolean; transposeB?: boolean };
  const times = (left: tf.Tensor, right: tf.Tensor, transposeLeft: boolean, transposeRight: boolean) =>
    tf.matMul(left, right, transposeLeft, transposeRight);
  return {
    a: () => (transposeA ? times(b, dy, transposeB, true) : times(dy, b, false, !transposeB)),
    b: () => (transposeB ? times(dy, a, true, transposeA) : times(a, dy, !transposeA, false)),
  };
}

const rules: readonly Rule[] = [
  pairwise('Add', (dy) => ({ a: () => dy, b: () => dy })),
  pairwise('Sub', (dy) => ({ a: () => dy, b: () => tf.neg(dy) })),
  pairwise('Multiply', (dy, a, b) => ({ a: () => tf.mul(dy, b), b: () => tf.mul(dy, a) })),
  pairwise('RealDiv', (dy, a, b) => ({
    a: () => tf.div(dy, b),
    b: () => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  })),
  pairwise('SquaredDifference', (dy, a, b) => {
    const twice = () => tf.mul(dy, tf.mul(tf.sub(a, b), 2));
    return { a: twice, b: () => tf.neg(twice()) };
  }),
  pairwise('Maximum', (dy, a, b) => ({
    a: () => tf.mul(dy, tf.cast(tf.greaterEqual(a, b), 'float32')),
    b: () => tf.mul(dy, tf.cast(tf.less(a, b), 'float32')),
  })),
  pairwise('Minimum', (dy, a, b) => ({
    a: () => tf.mul(dy, tf.cast(tf.lessEqual(a, b), 'float32')),
    b: () => tf.mul(dy, tf.cast(tf.greater(a, b), 'float32')),
  })),
  each('Neg', 'x', (dy) => tf.neg(dy)),
  each('Exp', 'y', (dy, y) => tf.mul(dy, y)),
  each('Log', 'x', (dy, x) => tf.div(dy, x)),
  each('Sqrt', 'y', (dy, y) => tf.div(dy, tf.mul(y, 2))),
  each('Rsqrt', 'y', (dy, y) => tf.mul(dy, tf.mul(tf.mul(y, tf.square(y)), -0.5))),
  each('Square', 'x', (dy, x) => tf.mul(dy, tf.mul(x, 2))),
  each('Erf', 'x', (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
  each('Tanh', 'y', (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  each('Identity', 'x', (dy) => dy),
  each('Cast', 'x', (dy) => dy),
  {
    kernel: 'Softplus',
    inputs: ['x'],
    gradient: (dy, [x]) => ({ x: () => tf.mul(dy, tf.sigmoid(x as tf.Tensor)) }),
  },
  {
    kernel: 'AddN',
    all: true,
    gradient: (dy, saved) => Object.fromEntries(saved.map((_, index) => [index, () => dy])),
  },
  { kernel: 'BatchMatMul', inputs: ['a', 'b'], gradient: ofProduct },
  {
    kernel: 'Sum',
    inputs: ['x'],
    gradient: (dy, [x], { axis }) => ({
      x: () => tf.mul(widened(dy, x as tf.Tensor, axis), tf.onesLike(x as tf.Tensor)),
    }),
  },
  {
    kernel: 'Mean',
    inputs: ['x'],
    gradient: (dy, [x], { axis }) => ({
      x: () =>
        tf.mul(tf.div(widened(dy, x as tf.Tensor, axis), countOf(x as tf.Tensor, axis)), tf.onesLike(x as tf.Tensor)),
    }),
  },
  {
    kernel: 'Max',
    inputs: ['x'],
    output: true,
    gradient: (dy, [x, y], { reductionIndices }) => ({
      x: () => {
        const isLargest = tf.equal(x as tf.Tensor, widened(y as tf.Tensor, x as tf.Tensor, reductionIndices));
        return tf.mul(widened(dy, x as tf.Tensor, reductionIndices), tf.cast(isLargest, 'float32'));
      },
    }),
  },
  {
    kernel: 'Softmax',
    output: true,
    gradient: (dy, [y]) => ({
      logits: () => {
        const weighted = tf.mul(dy, y as tf.Tensor);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y as tf.Tensor));
      },
    }),
  },
  {
    kernel: 'LogSoftmax',
    output: true,
    gradient: (dy, [y]) => ({
      logits: () => tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(y as tf.Tensor))),
    }),
  },
  {
    kernel: 'Reshape',
    inputs: ['x'],
    gradient: (dy, [x]) => ({ x: () => tf.reshape(dy, [...(x as tf.Tensor).shape]) }),
  },
  {
    kernel: 'ExpandDims',
    inputs: ['input'],
    gradient: (dy, [input]) => ({ input: () => tf.reshape(dy, [...(input as tf.Tensor).shape]) }),
  },
  {
    kernel: 'Transpose',
    gradient: (dy, _, { perm }) => ({
      x: () =>
        tf.transpose(
          dy,
          (perm as number[]).map((__, axis) => (perm as number[]).indexOf(axis)),
        ),
    }),
  },
  {
    kernel: 'Slice',
    inputs: ['x'],
    gradient: (dy, [x], { begin, size }) => ({
      x: () => {
        const from = (x as tf.Tensor).shape.map((_, axis) =>
          typeof begin === 'number' ? begin : ((begin as number[])[axis] ?? 0),
        );
        void size;
        const paddings = from.map((first, axis): [number, number] => [
          first,
          ((x as tf.Tensor).shape[axis] as number) - first - (dy.shape[axis] as number),
        ]);
        return tf.pad(dy, paddings);
      },
    }),
  },
  {
    kernel: 'Concat',
    all: true,
    gradient: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, (saved[0] as tf.Tensor).shape)[0] as number;
      let begin = 0;
      return Object.fromEntries(
        saved.map(({ shape }, index) => {
          const first = shape.map((_, at) => (at === along ? begin : 0));
          begin += shape[along] as number;
          return [index, () => tf.slice(dy, first, [...shape])];
        }),
      );
    },
  },
  {
    kernel: 'GatherV2',
    inputs: ['x', 'indices'],
    gradient: (dy, saved, { axis, batchDims }) => {
      const [x, indices] = saved as [tf.Tensor, tf.Tensor];
      if (axis !== 0 || batchDims !== 0)
        throw new Error('The gradient of a look-up is known along the first axis only.');
      const flat = tf.reshape<tf.Rank.R1>(indices, [-1]);
      const rows = tf.reshape(dy, [flat.shape[0], ...x.shape.slice(1)]);
      return {
        x: () => tf.unsortedSegmentSum(rows, flat, x.shape[0]),
        indices: () => tf.zerosLike(indices),
      };
    },
  },
];

/** Registers them, in the place of others of the same kernels; done when this module is imported. */
export function registerGradients(): void {
  for (const rule of rules) register(rule);
}

function register({ kernel, inputs = [], all = false, output = false, gradient }: Rule): void {
  tf.registerGradient({
    kernelName: kernel,
    inputsToSave: [...inputs],
    saveAllInputs: all,
    outputsToSave: output ? [true] : [],
    gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes),
  });
}

registerGradients();

/** Kernels whose gradients are registered here. */
export const kernelsWithGradients: readonly string[] = rules.map(({ kernel }) => kernel);
