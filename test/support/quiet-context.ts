/** What a behaviour gets that is opened without a graph: nobody listens. */
import type { OperatorContext } from '../../src/operators/define-operator.ts';

export const quietContext: OperatorContext = {
  signal: new AbortController().signal,
  note: () => undefined,
  provenance: new Map<string, string>(),
  expect: () => undefined,
  enough: () => undefined,
  progress: () => undefined,
  program: { given: new Map(), taken: new Map() },
  recipe: {},
  goOn: () => undefined,
  wants: () => true,
  wasStopped: () => false,
  retries: false,
  onClose: () => undefined,
};
