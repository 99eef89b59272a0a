/** Kernels that work on each number, or each pair of numbers, by itself. */
import type { CastAttrs, ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import { cast, like, pairwise, type AB, type Kernel, type Kernels, type X } from './kernel.ts';
import { constantNumbers, emit, type Recorded } from './recording.ts';

/** tfjs's name to ONNX's. */
const ofOne = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Identity: 'Identity',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
} as const;

const ofTwo = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
} as const;

const comparisons = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
} as const;

/** A constant of the other operand's type, without an axis. */
function number(value: number, type: Recorded['type']): Recorded {
  return constantNumbers(type === 'int32' ? Int32Array.of(value) : Float32Array.of(value), [], type);
}

const table = (names: Readonly<Record<string, string>>, make: (op: string) => Kernel): Kernels =>
  Object.fromEntries(Object.entries(names).map(([kernel, op]) => [kernel, make(op)]));

export const arithmeticKernels: Kernels = {
  ...table(
    ofOne,
    (op) =>
      ({ x }: X) =>
        like(op, x),
  ),
  ...table(
    ofTwo,
    (op) =>
      ({ a, b }: AB) =>
        pairwise(op, a, b),
  ),
  ...table(
    comparisons,
    (op) =>
      ({ a, b }: AB) =>
        pairwise(op, a, b, 'bool'),
  ),
  AddN: (inputs: Readonly<Record<string, Recorded>>) =>
    Object.values(inputs).reduce((sum, x) => pairwise('Add', sum, x)),
  Cast: ({ x }: X, { dtype }: CastAttrs) => cast(x, dtype as Recorded['type']),
  ClipByValue: ({ x }: X, { clipValueMin, clipValueMax }: ClipByValueAttrs) =>
    emit('Clip', [x, number(clipValueMin, x.type), number(clipValueMax, x.type)], x),
  EluGrad: ({ dy, y }: { dy: Recorded; y: Recorded }) => {
    const above = pairwise('GreaterOrEqual', y, number(0, y.type), 'bool');
    return emit('Where', [above, dy, pairwise('Mul', dy, pairwise('Add', y, number(1, y.type)))], dy);
  },
  Expm1: ({ x }: X) => pairwise('Sub', like('Exp', x), number(1, x.type)),
  FloorDiv: ({ a, b }: AB) => {
    const quotient = pairwise('Div', cast(a, 'float32'), cast(b, 'float32'));
    return cast(like('Floor', quotient), 'int32');
  },
  IsFinite: ({ x }: X) => {
    const flags = { shape: x.shape, type: 'bool' } as const;
    return like('Not', pairwise('Or', emit('IsNaN', [x], flags), emit('IsInf', [x], flags), 'bool'));
  },
  IsInf: ({ x }: X) => emit('IsInf', [x], { shape: x.shape, type: 'bool' }),
  IsNan: ({ x }: X) => emit('IsNaN', [x], { shape: x.shape, type: 'bool' }),
  LeakyRelu: ({ x }: X, { alpha }: LeakyReluAttrs) => like('LeakyRelu', x, { alpha: { float: alpha } }),
  Log1p: ({ x }: X) => like('Log', pairwise('Add', x, number(1, x.type))),
  Mod: ({ a, b }: AB) => {
    if (a.type === 'int32') return pairwise('Mod', a, b);
    const whole = like('Floor', pairwise('Div', a, b));
    return pairwise('Sub', a, pairwise('Mul', whole, b));
  },
  NotEqual: ({ a, b }: AB) => like('Not', pairwise('Equal', a, b, 'bool')),
  Prelu: ({ x, alpha }: { x: Recorded; alpha: Recorded }) => pairwise('PRelu', x, alpha),
  RealDiv: ({ a, b }: AB) => pairwise('Div', cast(a, 'float32'), cast(b, 'float32')),
  Relu6: ({ x }: X) => emit('Clip', [x, number(0, x.type), number(6, x.type)], x),
  Rsqrt: ({ x }: X) => like('Reciprocal', like('Sqrt', x)),
  Select: ({ condition, t, e }: { condition: Recorded; t: Recorded; e: Recorded }) => {
    // ONNX Runtime chooses between numbers only.
    const [yes, no] = t.type === 'bool' ? [cast(t, 'int32'), cast(e, 'int32')] : [t, e];
    return cast(emit('Where', [condition, yes, no], { shape: t.shape, type: yes.type }), t.type);
  },
  Square: ({ x }: X) => pairwise('Mul', x, x),
  SquaredDifference: ({ a, b }: AB) => {
    const difference = pairwise('Sub', a, b);
    return pairwise('Mul', difference, difference);
  },
  Step: ({ x }: X, { alpha }: StepAttrs) => {
    const above = pairwise('Greater', x, number(0, x.type), 'bool');
    return emit('Where', [above, number(1, x.type), number(alpha, x.type)], x);
  },
};
