/**
 * The three ways in which work can go wrong without a bug. Everything else that is thrown is a bug in an operator and
 * stops the run, naming the node.
 *
 * `instanceof` goes by the name, not by the class: a plugin may bring its own copy of this module, and what it throws is
 * still what it says.
 */

/**
 * One record cannot be processed: a broken file, a wrong sample rate, a recording that is too long. The graph turns it
 * into a row (id, node, code, message, attempt) and goes on with the next record.
 */
export class RecordError extends Error {
  override readonly name = 'RecordError';

  static override [Symbol.hasInstance](value: unknown): value is RecordError {
    return value instanceof Error && value.name === 'RecordError' && 'code' in value;
  }

  /** Kebab-case, stable across versions, for machines: `truncated-data`, `sample-rate`. */
  readonly code: string;
  /** The record at fault where no record stands for it yet: a manifest line that a source cannot read. Else null. */
  readonly id: string | null;

  /** @param message A sentence that names the file, the place and the mend. */
  constructor(code: string, message: string, options?: { cause?: unknown; id?: string }) {
    super(message, options);
    this.code = code;
    this.id = options?.id ?? null;
  }
}

/**
 * The user asked for something that cannot be done: an unknown option, a missing model, a device that does not load.
 * The command ends with status 2, nothing was lost.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  static override [Symbol.hasInstance](value: unknown): value is UsageError {
    return value instanceof Error && value.name === 'UsageError' && 'code' in value;
  }

  readonly code: string;

  /** @param message A sentence that names the option or file and the mend. */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The place that results go to gave out in the midst of a run: the disk is full, a permission was taken away, a network
 * share is gone. The run stops; what was committed stays, and the same command goes on from there.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  static override [Symbol.hasInstance](value: unknown): value is StorageError {
    return value instanceof Error && value.name === 'StorageError';
  }
}
