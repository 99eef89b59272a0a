/**
 * From an operator's behaviour to a plain RxJS operator, for chains made by hand. Faults go down the error channel as
 * RxJS has it: the first one ends the stream. Error rows, leases and bounded memory are what a graph adds.
 */
import { concat, concatMap, defer, finalize, from, map, Observable, of, type OperatorFunction } from 'rxjs';
import type { Description, Input, OperatorContext, Output, Running, Shape } from './define-operator.ts';
import type { z } from 'zod';

type Started = Running<unknown, unknown>[Shape];

/** @param start Opens the behaviour; called at subscription, once for each subscriber. */
export function asRxOperator(
  description: Description<Shape, Input, Output, z.ZodObject>,
  start: (context: OperatorContext) => unknown,
): Observable<unknown> | OperatorFunction<unknown, unknown> {
  const apply = (source: Observable<unknown>) =>
    defer(() => {
      const aborter = new AbortController();
      const closers: (() => void | Promise<void>)[] = [];
      const context: OperatorContext = {
        signal: aborter.signal,
        note: () => undefined,
        provenance: new Map(),
        expect: () => undefined,
        onClose: (close) => closers.unshift(close),
      };
      return from(Promise.resolve(start(context) as Started | Promise<Started>)).pipe(
        concatMap((running) => connect(description.shape, running, source, aborter.signal)),
        finalize(() => {
          aborter.abort();
          for (const close of closers) void close();
        }),
      );
    });
  return description.input === null ? apply(of(undefined)) : apply;
}

function connect(shape: Shape, running: Started, source: Observable<unknown>, signal: AbortSignal): Observable<unknown> {
  const call = { signal };
  switch (shape) {
    case 'each': {
      const each = running as Running<unknown, unknown>['each'];
      return source.pipe(concatMap(async (record) => each(record, call)), concatMap((out) => (out === undefined ? [] : [out])));
    }
    case 'expand': {
      const expand = running as Running<unknown, unknown>['expand'];
      return source.pipe(concatMap((record) => expand(record, call)));
    }
    case 'gather': {
      const gather = running as Running<unknown, unknown>['gather'];
      const added = source.pipe(concatMap(async (record) => gather.add(record, call)));
      const rest = defer(async () => gather.flush(call));
      return concat(added, rest).pipe(concatMap((released) => released), map((released) => released.record));
    }
    case 'session': {
      const session = running as Running<unknown, unknown>['session'];
      const heard = source.pipe(concatMap(async (record) => session.chunk(record, call)));
      const rest = defer(async () => session.flush(call));
      return concat(heard, rest).pipe(concatMap((records) => records));
    }
  }
}
