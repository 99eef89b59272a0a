/** Recordings played at their own pace, one after the other: latencies, and finals against the offline text. */
import { basename } from 'node:path';
import type { ErrorCounts } from '../../src/score-counts.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { sumCounts } from '../../src/scoring/sum-counts.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { measureRecording, recordsOf, type Measured } from './measure-recording.ts';
import { spokenTexts } from './recordings.ts';

export interface BenchOptions {
  /** Parts of the names of recordings; none takes all. */
  readonly files: readonly string[];
  /** As `--set` gives them. */
  readonly set: readonly string[];
  readonly verbose: boolean;
  readonly minutes: number;
}

const header = [
  'recording',
  'words',
  'first_update_ms p50 / p95',
  'if computing took no time',
  'final_ms',
  'final_after_stop_ms',
  'words unlike offline',
  'errors live / offline',
];

export async function measureLatency({ files, set, verbose }: BenchOptions): Promise<void> {
  const recordings = spokenTexts(files);
  const profile = await profileNamed('canonical');
  // Loaded once, and warm: the first window of a process compiles what the others find.
  const { release } = await acquireModel('whisper-base-int8', { device: 'auto', precision: 'int8' });
  const pace = set.some((each) => each.startsWith('nodes.audio.with.pace=')) ? [] : ['nodes.audio.with.pace=4'];
  await recordsOf('pipelines/live.json', { source: 'recording', file: recordings[0]!.path }, [...set, ...pace]);
  console.log(`| ${header.join(' | ')} |\n|${' --- |'.repeat(header.length)}`);
  const all: Measured[] = [];
  for (const recording of recordings) {
    const measured = await measureRecording(recording, set, profile);
    all.push(measured);
    console.log(row(basename(measured.path), [measured]));
    if (verbose) tell(measured);
  }
  console.log(row('all', all));
  const [live, offline] = [totalOf(all.map((each) => each.live)), totalOf(all.map((each) => each.offline))];
  console.log(
    `\nMixed error rate of the finals ${percent(live)}, of the offline texts ${percent(offline)}.` +
      '\nwhisper_streaming, by its README, ESIC, latency of a word to its final text: 3300 ms on an A40 GPU (large-v2).',
  );
  release();
}

const totalOf = ([first, ...others]: readonly ErrorCounts[]): ErrorCounts => sumCounts(first!, others);

function errors({ substitutions, deletions, insertions }: ErrorCounts): number {
  return substitutions + deletions + insertions;
}

function percent(counts: ErrorCounts): string {
  const units = counts.hits + counts.substitutions + counts.deletions;
  return `${((100 * errors(counts)) / units).toFixed(1)} % of ${units}`;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function pair(values: readonly number[]): string {
  return `${(1000 * percentile(values, 0.5)).toFixed(0)} / ${(1000 * percentile(values, 0.95)).toFixed(0)}`;
}

function row(name: string, all: readonly Measured[]): string {
  const sum = (of: (each: Measured) => number): number => all.reduce((total, each) => total + of(each), 0);
  const cells = [
    name,
    sum(({ words }) => words),
    pair(all.flatMap(({ first }) => first)),
    pair(all.flatMap(({ firstUnaware }) => firstUnaware)),
    pair(all.flatMap(({ final }) => final)),
    pair(all.flatMap(({ afterStop }) => afterStop)),
    sum(({ differences }) => differences),
    `${sum(({ live }) => errors(live))} / ${sum(({ offline }) => errors(offline))}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function tell({ texts, liveText, offlineText }: Measured): void {
  for (const text of texts) {
    const kind = text.kind === 'partial' ? '' : text.endsUtterance ? 'last' : 'final';
    console.error(
      `${text.emittedAt.toFixed(2).padStart(7)} ${text.heardUntil.toFixed(2).padStart(7)} ${kind.padEnd(5)} ${text.text}`,
    );
  }
  console.error(`live:    ${liveText}\noffline: ${offlineText}`);
}
