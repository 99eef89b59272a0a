/**
 * The two ways in which work can go wrong on purpose. Everything else that is thrown is a bug in an operator and stops
 * the run, naming the node (DESIGN 5, "Errors").
 */

/**
 * One record cannot be processed: a broken file, a wrong sample rate, a recording that is too long. The graph turns it
 * into a row (id, node, code, message, attempt) and goes on with the next record.
 */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  /** Kebab-case, stable across versions, for machines: `truncated-data`, `sample-rate`. */
  readonly code: string;

  /** @param message A sentence that names the file, the place and the mend. */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The user asked for something that cannot be done: an unknown option, a missing model, a device that does not load.
 * The command ends with status 2, nothing was lost.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: string;

  /** @param message A sentence that names the option or file and the mend. */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
