/** A pipeline after loading: parameters, overrides and includes are worked in, nothing has been checked as a graph. */
import type { AnyOperator } from '../../operators/define-operator.ts';
import type { Fault } from '../faults.ts';
import type { Located } from './located.ts';
import type { Parameter } from './parameters.ts';

/** What a `from` names, in the file that names it. */
export interface Reference {
  /** `mel`, `mel.errors`. */
  readonly text: string;
  /** What stands before the ids of that file: empty, or `features/`. */
  readonly scope: string;
  readonly at: Located;
}

export interface LoadedNode {
  /** With the ids of the `use` nodes around it: `features/mel`. */
  readonly id: string;
  /** The node, or the step, as it was written. */
  readonly at: Located;
  readonly op: Located;
  /** Port name -> what feeds it; the single port of a `from` that is no object is `in`. */
  readonly inputs: ReadonlyMap<string, readonly Reference[]>;
  /** The `from`; null where there is none, or where a step reads the one before. */
  readonly from: Located | null;
  /** An object. */
  readonly options: Located;
  readonly concurrency: Located | null;
  /** The node's own `onError`, then those of the files around it, innermost first. */
  readonly onError: readonly Located[];
}

/** A `use` node: what it stands for when others name it in their `from`. */
export interface Include {
  readonly at: Located;
  readonly output: Reference | null;
  /** Ids of the nodes inside. */
  readonly members: readonly string[];
}

export interface LoadedPipeline {
  readonly file: string;
  readonly name: string;
  readonly summary: string;
  readonly params: readonly Parameter[];
  /** Found while loading; `check` gives them together with its own. */
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  readonly nodes: readonly LoadedNode[];
  /** Ids of all nodes, those that could not be read too. */
  readonly ids: ReadonlySet<string>;
  /** Whether a node could not be read, so that edges are missing which the files mean. */
  readonly incomplete: boolean;
  readonly includes: ReadonlyMap<string, Include>;
  /** Diglot's operators and the plugins', by name. */
  readonly operators: ReadonlyMap<string, AnyOperator>;
  /** The whole file. */
  readonly root: Located;
  /** `--set` values and parameters as they were given. */
  readonly overrides: readonly string[];
}
