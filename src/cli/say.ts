/** What went wrong, in words for the person at the terminal. */
import { StorageError, UsageError } from '../errors.ts';
import type { Checked } from '../graphs/check.ts';
import { plural } from './figures.ts';
import { paint } from './paint.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Every fault and warning once, with its place, as `file:line:column  path: message`, or as lines of JSON. */
export async function sayFaults(checked: readonly Checked[], asJson: boolean): Promise<void> {
  const { formatFault } = await import('../graphs/faults.ts');
  const warnings = [...new Set(checked.flatMap((each) => each.warnings))];
  const faults = new Map(checked.flatMap((each) => each.faults.map((fault) => [formatFault(fault), fault])));
  if (asJson) {
    for (const message of warnings) say(JSON.stringify({ event: 'warning', message }));
    for (const fault of faults.values()) say(JSON.stringify({ event: 'fault', ...fault }));
    return;
  }
  for (const warning of warnings) say(`${paint.yellow('warning:')} ${warning}`);
  for (const fault of faults.keys()) say(fault);
  if (faults.size > 0) say(paint.red(plural(faults.size, 'fault')));
}

/**
 * An error in one sentence. One that is not the user's is a bug in an operator or in diglot: it says so, and where the
 * stack can be had.
 */
export function sayFailure(error: unknown, debug: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  say(`${paint.red('diglot:')} ${message}`);
  if (debug) say(error instanceof Error ? stackOf(error) : '');
  else if (error instanceof StorageError)
    say(paint.dim('what was committed is kept: the same command goes on from there'));
  else if (!(error instanceof UsageError)) say(paint.dim('--debug shows where it was thrown'));
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}
