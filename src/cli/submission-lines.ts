/** What `diglot status` says of a submission, in lines. Pure. */
import type { QueueStatus, SubmissionStatus } from '../queue/submissions.ts';
import { clockText, countText, percentText, plural, rateText } from './figures.ts';
import { paintResult } from './paint.ts';
import { textTable, type Column } from './text-table.ts';

type AtWork = SubmissionStatus['atWork'][number];

const columns: readonly Column<AtWork>[] = [
  { heading: '  shard', align: 'left', cell: ({ shard }) => `  ${shard}` },
  { heading: 'worker', align: 'left', cell: ({ worker }) => worker ?? '' },
  { heading: 'records', align: 'right', cell: ({ progress }) => recordsText(progress) },
  {
    heading: 'rate',
    align: 'right',
    cell: ({ progress }) => (progress?.recordsPerSecond ? `${rateText(progress.recordsPerSecond)}/s` : ''),
  },
  { heading: 'for', align: 'right', cell: ({ seconds }) => clockText(seconds) },
  { heading: '', align: 'left', cell: ({ cancelled }) => (cancelled ? 'cancelled, stopping' : '') },
];

export function queueLines({ workers, submissions }: QueueStatus): string[] {
  const lines = submissions.flatMap((each) => [...submissionLines(each), '']);
  if (submissions.length === 0) lines.push('nothing was submitted');
  if (workers !== null) lines.push([plural(workers.length, 'worker'), ...workers].join('  '));
  return lines;
}

function submissionLines(status: SubmissionStatus): string[] {
  const { shards, records, recordsPerSecond, realTimeFactor, secondsLeft, atWork, failures } = status;
  const said = [
    `${shards.done} done`,
    `${shards.active} at work`,
    `${shards.waiting} waiting`,
    ...(shards.failed > 0 ? [paintResult.red(`${shards.failed} failed`)] : []),
    ...(shards.cancelled > 0 ? [paintResult.yellow(`${shards.cancelled} cancelled`)] : []),
  ];
  const settled = records.written + records.failed + records.dropped + records.present;
  const share = records.expected === null || records.expected === 0 ? null : settled / records.expected;
  const isOver = shards.active + shards.waiting === 0;
  const figures = [
    records.expected === null || isOver
      ? plural(settled, 'record')
      : `${countText(settled)} of ${countText(records.expected)} records`,
    ...(share === null || isOver ? [] : [percentText(Math.min(1, share))]),
    ...(records.present > 0 ? [`${countText(records.present)} were there already`] : []),
    ...(records.failed > 0 ? [paintResult.red(plural(records.failed, 'error row'))] : []),
    ...(recordsPerSecond === null ? [] : [`${rateText(recordsPerSecond)}/s`]),
    ...(realTimeFactor === null ? [] : [`${rateText(realTimeFactor)}x real time`]),
    ...(secondsLeft === null || isOver ? [] : [`about ${clockText(secondsLeft)} left`]),
  ];
  return [
    `${paintResult.bold(status.submission)}  ${plural(shards.count, 'shard')}: ${said.join(', ')}`,
    `  ${figures.join('  ')}`,
    ...(atWork.length > 0 ? textTable(atWork, columns) : []),
    ...failures.map(
      ({ shard, attempts, worker, reason, triedAgain }) =>
        `  ${paintResult.red(shard)} failed ${attempts === 1 ? 'once' : `${attempts} times`}${worker === null ? '' : `, last on ${worker}`}${triedAgain ? ', and is tried again' : ''}: ${reason.replace(/\n/g, '\n    ')}`,
    ),
  ];
}

function recordsText(progress: AtWork['progress']): string {
  if (progress === null) return '';
  const { written, failed, dropped, present, expected } = progress;
  const done = written + failed + dropped + present;
  return expected === null ? countText(done) : `${countText(done)}/${countText(expected + present)}`;
}
