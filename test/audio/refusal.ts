/** What a reader says when it refuses a file. */
import assert from 'node:assert/strict';
import { RecordError } from '../../src/errors.ts';

/** @returns The message of the RecordError with this code that `work` must throw. */
export function refusal(work: () => unknown, code: string): string {
  try {
    work();
  } catch (error) {
    return checked(error, code);
  }
  assert.fail(`nothing was refused, ${code} was expected`);
}

/** @returns The message of the RecordError with this code that the promise must be rejected with. */
export async function rejection(work: Promise<unknown>, code: string): Promise<string> {
  return work.then(
    () => assert.fail(`nothing was refused, ${code} was expected`),
    (error: unknown) => checked(error, code),
  );
}

function checked(error: unknown, code: string): string {
  if (!(error instanceof RecordError)) throw error;
  assert.equal(error.code, code, error.message);
  return error.message;
}
