/** An operator of the shape `gather` at work without a graph, so that a test can stop in the middle. */
import type { z } from 'zod';
import type { Input, Operator, OperatorContext, Output, Running } from '../../src/operators/define-operator.ts';
import { quietContext } from './quiet-context.ts';
import type { AnyRecord, RecordKind } from '../../src/records.ts';

export interface OpenGather {
  /** @returns The records that were given in return. */
  add(record: AnyRecord): Promise<AnyRecord[]>;
  flush(): Promise<AnyRecord[]>;
  /** The end of the run, whatever happened. */
  close(): Promise<void>;
  readonly notes: readonly string[];
  readonly provenance: Map<string, string>;
}

export async function openGather<I extends Input, O extends Output, S extends z.ZodObject>(
  operator: Operator<'gather', I, O, S>,
  options: z.input<S>,
  inputKind?: RecordKind,
): Promise<OpenGather> {
  const notes: string[] = [];
  const closers: (() => void | Promise<void>)[] = [];
  const { signal } = quietContext;
  const context: OperatorContext = {
    ...quietContext,
    note: (message) => notes.push(message),
    provenance: new Map(),
    onClose: (close) => closers.unshift(close),
    ...(inputKind === undefined ? {} : { inputKind }),
  };
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0)) await each();
  };
  let gather: Running<AnyRecord, AnyRecord>['gather'];
  try {
    gather = (await operator.behaviour(operator.description.options.parse(options), context)) as typeof gather;
  } catch (error) {
    await close();
    throw error;
  }
  const given = async (released: ReturnType<typeof gather.flush>): Promise<AnyRecord[]> =>
    (await released).flatMap(({ record }) => (record === null ? [] : [record]));
  return {
    add: async (record) => given(gather.add(record, { signal })),
    flush: async () => given(gather.flush({ signal })),
    close,
    notes,
    provenance: context.provenance,
  };
}
