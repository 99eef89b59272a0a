/**
 * A plan is a pipeline that was checked: every operator found, every option parsed, every edge typed, nodes in an order
 * in which each comes after what it reads. `check.ts` makes plans, `run.ts` runs them, `draw.ts` draws them.
 */
import type { AnyOperator } from '../operators/define-operator.ts';

/** Where records come from: an output port of a node. Ports `errors` and `dropped` exist on every node. */
export interface PortReference {
  readonly node: string;
  readonly port: 'out' | 'errors' | 'dropped';
}

/** What to do with a record that fails. */
export interface ErrorPolicy {
  /** `row`: the record becomes an error row and the run goes on. `stop`: the first one ends the run. */
  readonly action: 'row' | 'stop';
  /** How often a record is tried before it counts as failed; at least 1. */
  readonly attempts: number;
  /** Share of records (0 to 1) above which the run stops, looked at from the 20th record on; null never stops. */
  readonly maxRate: number | null;
}

export interface PlannedNode {
  readonly id: string;
  readonly operator: AnyOperator;
  /** Parsed options, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Port name -> the outputs that feed it, merged. An operator with one unnamed input has the single port `in`. */
  readonly inputs: ReadonlyMap<string, readonly PortReference[]>;
  /** `each` and `expand` only: how many records are worked on at once; order is kept. */
  readonly concurrency: number;
  readonly onError: ErrorPolicy;
  /** Made by the planner, not written in the file: the sink that collects unread `errors` ports. */
  readonly implicit: boolean;
}

export interface Plan {
  readonly name: string;
  readonly nodes: readonly PlannedNode[];
  /** How many records of each source may be unsettled at once (leases); as many of each `expand` in the graph's midst. */
  readonly inFlight: number;
  /** The pipeline after parameters, includes and overrides, as JSON; goes into the metadata of every Arrow file. */
  readonly resolved: unknown;
  /** `--set` and parameter overrides as the user gave them. */
  readonly overrides: readonly string[];
}
