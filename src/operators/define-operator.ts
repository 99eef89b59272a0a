/**
 * The contract that every operator signs: a description (what it is, for the graph, the manual and the checks) and a
 * behaviour in one of four shapes. From the two the framework derives a plain RxJS operator (`as-rx-operator.ts`) and a
 * node of a graph (`src/graphs`). Authors never touch subscribers, retries, queues or metrics.
 *
 * The behaviour is a second argument, not a field of the description: inside one object TypeScript infers `any` for
 * behaviours whose parameters are left out.
 */
import type { Observable, OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import { type RecordError, UsageError } from '../errors.ts';
import type { AnyRecord, RecordKind, RecordKinds } from '../records.ts';
import { asRxOperator } from './as-rx-operator.ts';

/** Named inputs, joined by record id. A kind with `?` behind it may be left unwired. */
export type Ports = Readonly<Record<string, RecordKind | `${RecordKind}?`>>;

/** What an operator takes: nothing (a source), one kind, one of several kinds, any kind, or named ports. */
export type Input = null | 'any' | RecordKind | readonly RecordKind[] | Ports;

/** What it gives: a kind, the kind that came in, or (`any`) a kind that its options tell through `gives`. */
export type Output = 'same' | 'any' | RecordKind;

/** `each`: at most one out. `expand`: many out. `gather`: many in. `session`: a live stream with state. */
export type Shape = 'each' | 'expand' | 'gather' | 'session';

type Kind<K> = K extends RecordKind ? RecordKinds[K] : never;

/** The record, or the object of joined records, that a behaviour receives. */
export type InputOf<I> = I extends null
  ? undefined
  : I extends 'any'
    ? AnyRecord
    : I extends string
      ? Kind<I>
      : I extends readonly (infer K)[]
        ? Kind<K>
        : {
            readonly [P in keyof I as I[P] extends `${string}?` ? never : P]: Kind<I[P]>;
          } & {
            readonly [P in keyof I as I[P] extends `${string}?` ? P : never]?: I[P] extends `${infer K}?`
              ? Kind<K>
              : never;
          };

export type OutputOf<I, O> = O extends 'same' ? InputOf<I> : O extends 'any' ? AnyRecord : Kind<O>;

/** What goes with one call. */
export interface Call {
  /** Aborted when the run is, for a source also when the run is drained. A behaviour that waits must listen to it. */
  readonly signal: AbortSignal;
}

/**
 * A record that a gather lets go, and the inputs that it stands for: their leases pass on to it. A sink that has taken
 * rows over, or a gather that absorbs, gives `null` for the record: the inputs are settled as written, and nothing travels on. `from` is empty for
 * a record that only reports (the part that a sink has just closed).
 */
export interface Released<In, Out> {
  readonly record: Out | null;
  readonly from: readonly In[];
}

/** A behaviour at work, by shape. A throw of `RecordError` is the record's fault; any other throw stops the run. */
export interface Running<In, Out> {
  /** `undefined` drops the record, which is counted. */
  each: (record: In, call: Call) => Out | undefined | Promise<Out | undefined>;
  /**
   * A source is an `expand` without input, called once with `undefined` and pulled only while leases are free. It may
   * yield a `RecordError` (with the id at fault) in the place of a record that cannot be read, and go on; a throw ends it.
   */
  expand: (record: In, call: Call) => Iterable<Out | RecordError> | AsyncIterable<Out | RecordError>;
  gather: {
    /** Takes one record; gives what is complete by now. Every input must be in exactly one `from` by the end. */
    add(record: In, call: Call): readonly Released<In, Out>[] | Promise<readonly Released<In, Out>[]>;
    /** Lets go of all that is held: at the end, and when `waitSeconds` of the description have passed. */
    flush(call: Call): readonly Released<In, Out>[] | Promise<readonly Released<In, Out>[]>;
  };
  session: {
    chunk(record: In, call: Call): Iterable<Out> | Promise<Iterable<Out>>;
    flush(call: Call): Iterable<Out> | Promise<Iterable<Out>>;
  };
}

/** How far a long work has come. */
export interface Progress {
  readonly done: number;
  readonly of: number;
  /** What is counted, in the plural: `steps`. */
  readonly unit: string;
  /** A few words more for the line: `loss 1.23`. */
  readonly words: string;
}

/**
 * Where a program that runs a graph gives records to it and takes records from it, by name. Empty where a graph reads and
 * writes by itself.
 */
export interface ProgramPorts {
  readonly given: ReadonlyMap<string, AsyncIterable<AnyRecord>>;
  readonly taken: ReadonlyMap<string, (record: AnyRecord) => void>;
}

/** Plain JSON. */
export type Recipe = Readonly<Record<string, unknown>>;

/** What a behaviour may ask of the run that it is part of. */
export interface OperatorContext {
  readonly signal: AbortSignal;
  /** A line for the person who started the run (standard error): the device that was chosen, a file that was written. */
  readonly note: (message: string) => void;
  /** Facts for the schema metadata of every Arrow file of the run: model hashes, versions, the resolved pipeline. */
  readonly provenance: Map<string, string>;
  /** Sources only: how much there is to come, for progress and ETA; seconds of audio where the manifest tells. */
  readonly expect: (records: number, audioSeconds: number | null) => void;
  /** The work is done before the sources are: they pull no more, and what is in flight goes on. Not an interruption. */
  readonly enough: () => void;
  /**
   * Whether the user ended the sources before their time: what is gathered then is the rest of something that would have been
   * larger.
   */
  readonly wasStopped: () => boolean;
  /** Tells how far the work has come, where the count of records does not: it is shown in its place. */
  readonly progress: (progress: Progress) => void;
  readonly program: ProgramPorts;
  /** The nodes that lead to this one, with the options that decide over what comes out: what a table's rows come of. */
  readonly recipe: Recipe;
  /** Sinks only: what the output has of earlier runs, by the id of the source record. It is not pulled again. */
  readonly goOn: (has: (sourceId: string) => boolean, isOfErrors: boolean) => void;
  /** Whether a source's record belongs to this run: to its shard, and not to what the output has. */
  readonly wants: (record: AnyRecord | RecordError) => boolean;
  /** Whether the run is about what failed before, whose new errors take the place of the old ones. */
  readonly retries: boolean;
  /** The one kind that the plan sends to the input `in`, where it is known: the schema of a table without rows. */
  readonly inputKind?: RecordKind;
  /** Called when the run ends, whatever happened, last registered first. */
  readonly onClose: (close: () => void | Promise<void>) => void;
}

/** What the graph, the checks and the manual must know of an operator. */
export interface Description<Sh extends Shape, I extends Input, O extends Output, S extends z.ZodObject> {
  /** Kebab-case; the file and the exported constant have the same name. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly shape: Sh;
  readonly input: I;
  readonly output: O;
  /** Where `output` is `any`: the kind that these options give, so that the edges can be checked before the run. */
  readonly gives?: (options: z.output<S>) => RecordKind;
  /** `z.strictObject`; every option has a description, and a default or a reason to be asked for. */
  readonly options: S;
  /** Gather only: how many records it may hold before it lets one go by itself. Default 1. */
  readonly holds?: (options: z.output<S>) => number;
  /** Gather only: seconds after which held records are let go although incomplete; null waits for the end. */
  readonly waitSeconds?: (options: z.output<S>) => number | null;
  /** Gather only: an input that is let go without a record was taken over into a later one, and counts as written. */
  readonly absorbs?: boolean;
  /**
   * Sources only: a device that cannot wait. When the graph is full its edge drops the oldest record, counts it, and puts
   * the `gap` into the `origin` of the next.
   */
  readonly live?: (options: z.output<S>) => boolean;
  /** The end of a branch: its output records say what was written. A graph must end in sinks. */
  readonly sink?: boolean;
  /**
   * Options that say where and how fast, and not what comes out: two runs that differ in nothing else may fill one table.
   */
  readonly incidental?: readonly (keyof z.output<S> & string)[];
  /** Whether a run may be resumed in its midst: `stateless` yes, `exact` keeps state and can save it, `no` refuses. */
  readonly checkpoint?: 'stateless' | 'exact' | 'no';
}

export type Behaviour<Sh extends Shape, I extends Input, O extends Output, S extends z.ZodObject> = (
  options: z.output<S>,
  context: OperatorContext,
) => Running<InputOf<I>, OutputOf<I, O>>[Sh] | Promise<Running<InputOf<I>, OutputOf<I, O>>[Sh]>;

/**
 * An operator: called with options it is a plain RxJS operator (a source gives an Observable), and it carries what a
 * graph needs to make a node of it.
 */
export interface Operator<Sh extends Shape, I extends Input, O extends Output, S extends z.ZodObject> {
  /** @throws UsageError `options` when an option is unknown or wrong, before anything is subscribed. */
  (options?: z.input<S>): I extends null ? Observable<OutputOf<I, O>> : OperatorFunction<InputOf<I>, OutputOf<I, O>>;
  readonly description: Description<Sh, I, O, S>;
  readonly behaviour: Behaviour<Sh, I, O, S>;
}

/** An operator of which only the contract is known: what the registry and the graph handle. */
export interface AnyOperator {
  (options?: never): unknown;
  readonly description: Description<Shape, Input, Output, z.ZodObject>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a behaviour's own types are known only to its file
  readonly behaviour: (options: any, context: OperatorContext) => any;
}

/** Makes an operator of its description and its behaviour. */
export function defineOperator<Sh extends Shape, const I extends Input, const O extends Output, S extends z.ZodObject>(
  description: Description<Sh, I, O, S>,
  behaviour: Behaviour<Sh, I, O, S>,
): Operator<Sh, I, O, S> {
  const operator = (options?: z.input<S>) => {
    const parsed = description.options.safeParse(options ?? {});
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
      throw new UsageError('options', `${description.name}: ${faults.join('; ')}`);
    }
    return asRxOperator(description, parsed.data, (context) => behaviour(parsed.data, context));
  };
  return Object.assign(operator, { description, behaviour }) as Operator<Sh, I, O, S>;
}
