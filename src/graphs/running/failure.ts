/** What ends a run before its time, when it is not the user's fault. */

export class GraphError extends Error {
  override readonly name = 'GraphError';
  /** `bug`, `stopped` (onError.action), `error-rate` (onError.maxRate), `source` or `deadlock`. */
  readonly code: 'bug' | 'stopped' | 'error-rate' | 'source' | 'deadlock';
  /** Where it happened; null for a deadlock, which is nobody's alone. */
  readonly node: string | null;
  readonly operator: string | null;
  /** Id of the record in work; null where there was none. */
  readonly record: string | null;

  constructor(
    code: GraphError['code'],
    message: string,
    place: { node?: string; operator?: string; record?: string | null; cause?: unknown } = {},
  ) {
    super(message, { cause: place.cause });
    this.code = code;
    this.node = place.node ?? null;
    this.operator = place.operator ?? null;
    this.record = place.record ?? null;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Keeps what was thrown apart from what was returned. */
export class Thrown {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}
