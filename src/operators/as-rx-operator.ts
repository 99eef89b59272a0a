/**
 * From an operator's behaviour to a plain RxJS operator, for chains made by hand. Faults go down the error channel as
 * RxJS has it: the first one ends the stream. Error rows, leases and bounded memory are what a graph adds: here a fast
 * source fills the memory before a slow operator (RxJS has no backpressure).
 *
 * The behaviour is opened at subscription. Where that takes time (a model is loaded), the source is subscribed when it is
 * done; what a hot source gives before is lost, as with any late subscription.
 */
import {
  auditTime,
  concat,
  concatMap,
  connect,
  defer,
  endWith,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  type ObservableInput,
  of,
  type OperatorFunction,
  takeUntil,
  tap,
} from 'rxjs';
import type { z } from 'zod';
import { RecordError } from '../errors.ts';
import { Closers } from '../closers.ts';
import type { Call, Description, Input, OperatorContext, Output, Released, Running, Shape } from './define-operator.ts';

type AnyDescription = Description<Shape, Input, Output, z.ZodObject>;
type Behaviours = Running<unknown, unknown>;

/**
 * @param options Parsed.
 * @param start Opens the behaviour; called at subscription, once for each subscriber.
 */
export function asRxOperator(
  description: AnyDescription,
  options: Readonly<Record<string, unknown>>,
  start: (context: OperatorContext) => unknown,
): Observable<unknown> | OperatorFunction<unknown, unknown> {
  const apply = (source: Observable<unknown>): Observable<unknown> =>
    defer(() => {
      const aborter = new AbortController();
      const closers = new Closers();
      const context: OperatorContext = {
        signal: aborter.signal,
        note: () => undefined,
        provenance: new Map(),
        expect: () => undefined,
        enough: () => undefined,
        progress: () => undefined,
        program: { given: new Map(), taken: new Map() },
        recipe: {},
        goOn: () => undefined,
        wants: () => true,
        wasStopped: () => false,
        retries: false,
        onClose: (close) => closers.add(close),
      };
      const waitSeconds = description.waitSeconds?.(options) ?? null;
      const call = { signal: aborter.signal };
      return defer(() => now(start(context))).pipe(
        concatMap((behaviour) => run(description.shape, behaviour, source, call, waitSeconds)),
        finalize(() => {
          aborter.abort();
          void closers.close();
        }),
      );
    });
  return description.input === null ? apply(of(undefined)) : apply;
}

/** A result that is there stays synchronous. */
function now<T>(result: T | Promise<T>): Observable<T> {
  return result instanceof Promise ? from(result) : of(result);
}

/** How deep work that waited may lie in the end of the work before it. */
const deepest = 64;

/**
 * Work on one value after the other, as `concatMap` does it. That takes up what waits within the end of what was before, so
 * that a thousand values behind a slow one would lie one in the other and overflow the stack, and the chain would stand
 * still without a word: of those that wait, one in 64 begins on a stack of its own.
 */
function inTurn<T, R>(work: (value: T) => ObservableInput<R>): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      let waiting = 0;
      let nested = 0;
      return source.pipe(
        tap(() => (waiting += 1)),
        concatMap((value) => {
          waiting -= 1;
          nested = waiting === 0 ? 0 : (nested + 1) % deepest;
          return waiting === 0 || nested > 0 ? work(value) : from(Promise.resolve()).pipe(concatMap(() => work(value)));
        }),
      );
    });
}

function run(
  shape: Shape,
  behaviour: unknown,
  source: Observable<unknown>,
  call: Call,
  waitSeconds: number | null,
): Observable<unknown> {
  switch (shape) {
    case 'each': {
      const each = behaviour as Behaviours['each'];
      return source.pipe(
        inTurn((record) => now(each(record, call))),
        filter((out) => out !== undefined),
      );
    }
    case 'expand': {
      const expand = behaviour as Behaviours['expand'];
      return source.pipe(
        inTurn((record) => expand(record, call)),
        map((out) => {
          if (out instanceof RecordError) throw out;
          return out;
        }),
      );
    }
    case 'gather':
      return runGather(behaviour as Behaviours['gather'], source, call, waitSeconds);
    case 'session': {
      const session = behaviour as Behaviours['session'];
      const heard = source.pipe(inTurn((record) => now(session.chunk(record, call))));
      return concat(
        heard,
        defer(() => now(session.flush(call))),
      ).pipe(concatMap((records) => records));
    }
  }
}

type Release = readonly Released<unknown, unknown>[];

/** No record is held longer than `waitSeconds`; it may be let go earlier. */
function runGather(
  gather: Behaviours['gather'],
  source: Observable<unknown>,
  call: Call,
  waitSeconds: number | null,
): Observable<unknown> {
  const add = (record: unknown) => (): Release | Promise<Release> => gather.add(record, call);
  const flush = (): Release | Promise<Release> => gather.flush(call);
  const jobs =
    waitSeconds === null
      ? source.pipe(map(add))
      : source.pipe(
          connect((shared) => {
            const end = shared.pipe(ignoreElements(), endWith(null));
            const limit = shared.pipe(
              auditTime(waitSeconds * 1000),
              map(() => flush),
              takeUntil(end),
            );
            return merge(shared.pipe(map(add)), limit);
          }),
        );
  return jobs.pipe(
    endWith(flush),
    inTurn((job) => now(job())),
    concatMap((released) => released),
    map(({ record }) => record),
    filter((record) => record !== null),
  );
}
