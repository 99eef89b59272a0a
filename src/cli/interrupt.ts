/**
 * Ctrl-C. The first asks the run to finish what is in flight and to commit it, the second stops it at once; a third
 * leaves although the run does not end. SIGTERM, which schedulers send before they kill, counts as a first Ctrl-C.
 */
import type { RunningGraph } from '../graphs/report.ts';
import { signalStatus } from './exit-status.ts';
import { plural } from './figures.ts';

export type Interrupt = 'SIGINT' | 'SIGTERM';

export interface Interruption {
  /** The first signal that came, if one did. */
  readonly signal: () => Interrupt | null;
  /** Gives the signals back to the process. */
  readonly release: () => void;
}

/** Listens for signals until `release`. @param say Puts a line before the user. */
export function listenForInterrupts(graph: RunningGraph, say: (message: string) => void): Interruption {
  let first: Interrupt | null = null;
  let count = 0;
  const onSignal = (signal: Interrupt): void => {
    first ??= signal;
    count += 1;
    if (count === 1) {
      say(
        `finishing what is in flight (${plural(graph.status().inFlight, 'record')}); ${signal === 'SIGINT' ? 'Ctrl-C' : signal} again to stop at once`,
      );
      graph.drain();
    } else if (count === 2) {
      say('stopping at once');
      graph.abort();
    } else {
      process.exit(signalStatus(signal));
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: () => first,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
