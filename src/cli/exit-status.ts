/**
 * What the exit status of every command means. Shells and schedulers read it, so it is decided in this file alone.
 *
 * | status | meaning |
 * | --- | --- |
 * | 0 | all done |
 * | 1 | the run failed: an operator broke, too many errors, or the counts do not add up |
 * | 2 | a fault of usage or of the pipeline file; nothing was run |
 * | 3 | finished, but some records became error rows |
 * | 130, 143 | stopped by Ctrl-C (SIGINT) or SIGTERM before all was done, with or without finishing what was in flight |
 * | 141 | the reader of standard output went away (SIGPIPE), as in `diglot … | head -1` |
 *
 * 128 + n for signal n is what shells expect: a loop around diglot stops at Ctrl-C, and a job script can tell a run
 * that was cut short, and may be resumed, from one that failed.
 */
import { UsageError } from '../errors.ts';
import type { RunReport } from '../graphs/report.ts';

export const status = { done: 0, failed: 1, usage: 2, errorRows: 3 } as const;

/** What may stop a run from outside. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

const signalNumbers: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15, SIGPIPE: 13 };

/** 128 and the number of the signal. */
export function signalStatus(signal: StopSignal): number {
  return 128 + signalNumbers[signal];
}

/** @param stoppedBy The first signal that asked the run to stop, if one did. */
export function statusOfReport(report: RunReport, stoppedBy: StopSignal | null): number {
  if (report.outcome === 'failed') return report.failure === null ? status.failed : statusOfError(report.failure);
  if (report.outcome === 'aborted') return stoppedBy === null ? status.failed : signalStatus(stoppedBy);
  if (!report.conserved) return status.failed;
  if (report.outcome === 'drained' && stoppedBy !== null) return signalStatus(stoppedBy);
  return report.failed > 0 ? status.errorRows : status.done;
}

export function statusOfError(error: unknown): number {
  return error instanceof UsageError ? status.usage : status.failed;
}

/** One status for several runs: a signal before a failure, a failure before a usage fault, that before error rows. */
export function statusOfAll(statuses: readonly number[]): number {
  const signal = statuses.find((each) => each > 128);
  if (signal !== undefined) return signal;
  const order = [status.failed, status.usage, status.errorRows];
  return order.find((each) => statuses.includes(each)) ?? status.done;
}
