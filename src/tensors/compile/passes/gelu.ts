import { eitherWay, made, numberOf, operator, rewriting } from '../rewrite.ts';

/** GELU by the error function, x / 2 (1 + erf(x / sqrt 2)), to one operator. */
export const fuseGelu = rewriting((value) => {
  const [half, rest] = eitherWay(value, 'Mul', (input) => isTimes(input, 0.5)) ?? [];
  const [erf] = eitherWay(rest, 'Add', (input) => input.op === 'Erf') ?? [];
  const one = eitherWay(rest, 'Add', (input) => numberOf(input) === 1);
  const [inner] = made(erf, 'Erf') ?? [];
  const [, x] = eitherWay(half, 'Mul', (input) => numberOf(input) === 0.5) ?? [];
  const [, same] = eitherWay(inner, 'Mul', (input) => numberOf(input) === Math.fround(Math.SQRT1_2)) ?? [];
  if (x === undefined || one === null || x !== same) return value;
  return operator('Gelu', [x], value);
});

function isTimes(value: Parameters<typeof made>[0], number: number): boolean {
  return value != null && eitherWay(value, 'Mul', (input) => numberOf(input) === number) !== null;
}
