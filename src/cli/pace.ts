/** How fast a run goes, from what it told of itself at different times. */
import type { RunStatus } from '../graphs/report.ts';
import type { Progress } from '../operators/define-operator.ts';

/** `null` where nothing can be said yet. */
export interface Pace {
  readonly recordsPerSecond: number | null;
  /** Seconds of audio settled in a second of wall clock: 12 means that an hour takes five minutes. */
  readonly realTimeFactor: number | null;
  readonly secondsLeft: number | null;
}

/** Source records whose fate is known. */
export function settled(status: RunStatus): number {
  return status.written + status.failed + status.dropped;
}

/** The pace between two looks at a run. What is left is told by audio where the source knows it, else by records. */
export function paceBetween(before: RunStatus, now: RunStatus): Pace {
  const seconds = now.seconds - before.seconds;
  if (now.progress !== null) return paceOfProgress(before.progress, now.progress, seconds);
  const records = settled(now) - settled(before);
  if (seconds <= 0 || records <= 0) return { recordsPerSecond: null, realTimeFactor: null, secondsLeft: null };
  const recordsPerSecond = records / seconds;
  const audioSeconds = now.audioSeconds - before.audioSeconds;
  const realTimeFactor = audioSeconds > 0 ? audioSeconds / seconds : null;
  let secondsLeft: number | null = null;
  if (now.expectedAudioSeconds !== null && realTimeFactor !== null) {
    secondsLeft = Math.max(0, now.expectedAudioSeconds - now.audioSeconds) / realTimeFactor;
  } else if (now.expected !== null) {
    secondsLeft = Math.max(0, now.expected - settled(now)) / recordsPerSecond;
  }
  return { recordsPerSecond, realTimeFactor, secondsLeft };
}

/** An operator that counts its own work knows best how much is left. */
function paceOfProgress(before: Progress | null, { done, of }: Progress, seconds: number): Pace {
  const perSecond = before !== null && seconds > 0 ? (done - before.done) / seconds : 0;
  const secondsLeft = perSecond > 0 ? Math.max(0, of - done) / perSecond : null;
  return { recordsPerSecond: null, realTimeFactor: null, secondsLeft };
}

/**
 * Keeps the pace of the last `windowSeconds`. The clock starts when the first record is pulled, so that loading a model
 * does not count as slowness.
 */
export function paceKeeper(windowSeconds = 30): (now: RunStatus) => Pace {
  const seen: RunStatus[] = [];
  return (now) => {
    seen.push(now);
    let [first = now, second] = seen;
    while (second !== undefined && (second.pulled === 0 || second.seconds <= now.seconds - windowSeconds)) {
      seen.shift();
      [first = now, second] = seen;
    }
    return paceBetween(first, now);
  };
}
