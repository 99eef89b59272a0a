/** One line that says how far a run has come: with a bar for terminals, in words for logs. Pure functions. */
import type { RunStatus } from '../graphs/report.ts';
import { clockText, countText, percentText, rateText } from './figures.ts';
import { settled, type Pace } from './pace.ts';
import { paint } from './paint.ts';

const widestBar = 30;
const narrowestBar = 8;

/** How much is done, 0 to 1: by audio where the source tells of it, else by records; `null` where it tells of neither. */
export function shareDone(status: RunStatus): number | null {
  if (status.progress !== null) return Math.min(1, status.progress.done / Math.max(1, status.progress.of));
  const byRecords = status.expected === null ? null : settled(status) / Math.max(1, status.expected);
  if (byRecords === 1 || status.expectedAudioSeconds === null || status.expectedAudioSeconds <= 0) return byRecords;
  return Math.min(1, status.audioSeconds / status.expectedAudioSeconds);
}

/** `  37/183 ━━━━━━╸━━━━━━━  20 %  1.8/s  12x real time  1:21 left  2 failed`, cut to the width of the terminal. */
export function progressBar(status: RunStatus, pace: Pace, columns: number): string {
  const share = shareDone(status);
  const head = amount(status, '/');
  const figures = [clockText(status.seconds)];
  if (share !== null) figures.unshift(percentText(share).padStart(5));
  figures.push(...rates(status, pace));
  if (pace.secondsLeft !== null) figures.push(`${clockText(pace.secondsLeft)} left`);
  const failures = status.failed > 0 ? `${countText(status.failed)} failed` : '';

  const words = [head, ...figures, failures].filter((word) => word !== '').join('  ');
  const room = columns - words.length - 2;
  if (words.length > columns) return words.slice(0, columns);
  const bar = share === null || room < narrowestBar ? '' : drawBar(share, Math.min(room, widestBar));
  return [head, bar, ...figures, paint.red(failures)].filter((word) => word !== '').join('  ');
}

/** `37/183`, `37 done` where nobody knows how many there are, `37/350 steps` where an operator counts them. */
function amount(status: RunStatus, between: string): string {
  const { progress, expected } = status;
  if (progress !== null) return `${countText(progress.done)}${between}${countText(progress.of)} ${progress.unit}`;
  const done = countText(settled(status));
  return expected === null ? `${done} done` : `${done}${between}${countText(expected)}`;
}

/** What an operator says of its work, or how fast records and audio go. */
function rates({ progress }: RunStatus, { recordsPerSecond, realTimeFactor }: Pace): string[] {
  if (progress !== null) return progress.words === '' ? [] : [progress.words];
  return [
    ...(recordsPerSecond === null ? [] : [`${rateText(recordsPerSecond)}/s`]),
    ...(realTimeFactor === null ? [] : [`${rateText(realTimeFactor)}x real time`]),
  ];
}

function drawBar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return paint.green('━'.repeat(full)) + paint.dim('─'.repeat(width - full));
}

/** `37 of 183 done (20 %) after 0:20, 1.8/s, 12x real time, about 1:21 left, 2 failed`, for logs. */
export function progressText(status: RunStatus, pace: Pace): string {
  const share = shareDone(status);
  const words = [
    `${amount(status, ' of ')}${status.expected === null && status.progress === null ? '' : ' done'}` +
      (share === null ? '' : ` (${percentText(share)})`) +
      ` after ${clockText(status.seconds)}`,
  ];
  words.push(...rates(status, pace));
  if (pace.secondsLeft !== null) words.push(`about ${clockText(pace.secondsLeft)} left`);
  if (status.failed > 0) words.push(`${countText(status.failed)} failed`);
  return words.join(', ');
}
