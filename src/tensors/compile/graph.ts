/**
 * A graph of ONNX operators as plain data: each value knows the operator that makes it. Nothing is ever changed; a pass
 * builds new values (rewrite.ts), and what no output needs is not reached any more.
 */
import type { Attributes, Numbers, NumberType } from './recording.ts';
import type { Size } from './size.ts';

export interface Value {
  /** Name of an ONNX operator, or `Input` or `Constant`. */
  readonly op: string;
  /** `com.microsoft` for operators that only ONNX Runtime has. */
  readonly domain: '' | 'com.microsoft';
  /** null where an optional input is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  readonly type: NumberType;
  readonly shape: readonly Size[];
  /** Of a constant. */
  readonly data: Numbers | null;
  /** Name of an input. */
  readonly name: string;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: ReadonlyMap<string, Value>;
}

/** Each node once, behind all that it is made from. @param inputsOf What a node is made from. */
export function inOrder<T>(roots: Iterable<T>, inputsOf: (node: T) => readonly (T | null)[]): T[] {
  const done = new Set<T>();
  const order: T[] = [];
  // Not by recursion: a training step is thousands of operators deep.
  const open = [...roots].reverse();
  for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
    const missing = done.has(node) ? [] : inputsOf(node).filter((input) => input !== null && !done.has(input));
    if (missing.length > 0) {
      open.push(...(missing as T[]).reverse());
      continue;
    }
    open.pop();
    if (!done.has(node)) order.push(node);
    done.add(node);
  }
  return order;
}
