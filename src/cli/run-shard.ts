/**
 * The process that a worker starts for a shard: it runs what it is told to, tells how far it is, and ends. When the
 * worker goes away it finishes what is in flight and ends too.
 */
import { hostname } from 'node:os';
import { UsageError } from '../errors.ts';
import type { RunningGraph, RunStatus } from '../graphs/report.ts';
import type { ShardJob, ShardProgress } from '../queue/shard-job.ts';
import type { FromProcess, ToProcess } from '../queue/shard-process.ts';
import { paceKeeper, type Pace } from './pace.ts';
import { findPipeline } from './pipeline-path.ts';

/** Milliseconds between two reports. */
const PERIOD = 1000;

let atWork: RunningGraph | null = null;
let isStopping = false;

function tell(message: FromProcess, sent: () => void = () => undefined): void {
  if (process.connected) process.send!(message, undefined, undefined, sent);
  else sent();
}

/** Ends the process when the message is with the worker. */
const end = (message: FromProcess): void => tell(message, () => process.exit());

function drain(): void {
  isStopping = true;
  atWork?.drain();
}

process.on('message', (message: ToProcess) => {
  if (message.tell === 'run') {
    run(message.job).then(end, (error: unknown) =>
      end({ tell: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
  } else if (message.tell === 'drain') drain();
  else {
    isStopping = true;
    atWork?.abort();
  }
});
process.on('disconnect', () => {
  if (atWork === null) process.exit();
  drain();
});
// A terminal's Ctrl-C reaches this process too; the worker decides what comes of it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

/** Runs the pipelines of the file one after the other, as `diglot run` does. */
async function run({ run: { directory, ...request }, shard }: ShardJob): Promise<FromProcess> {
  enter(directory);
  const [{ loadPipelines }, { check }, { formatFault }, { startGraph }] = await Promise.all([
    import('../graphs/load.ts'),
    import('../graphs/check.ts'),
    import('../graphs/faults.ts'),
    import('../graphs/run.ts'),
  ]);
  const { pipeline, ...rest } = request;
  const options = { ...rest, parameters: Object.fromEntries(rest.parameters) };
  const checked = (await loadPipelines(await findPipeline(pipeline), options)).map((loaded) => check(loaded));
  const faults = checked.flatMap((each) => each.faults.map(formatFault));
  let before: ShardProgress = nothingYet;
  for (const { plan } of checked) {
    if (plan === null) throw new UsageError('pipeline', [...new Set(faults)].join('\n'));
    if (isStopping) return { tell: 'stopped', progress: before };
    const pace = paceKeeper(60);
    const graph = startGraph(plan, { shard, note: (message) => tell({ tell: 'note', message }) });
    const soFar = before;
    const now = (): ShardProgress => sumOf(soFar, graph.status(), pace(graph.status()));
    atWork = graph;
    if (isStopping) graph.drain();
    const reports = setInterval(() => tell({ tell: 'progress', progress: now() }), PERIOD);
    const report = await graph.finished;
    clearInterval(reports);
    if (report.failure !== null) throw report.failure;
    if (report.outcome !== 'done') return { tell: 'stopped', progress: now() };
    if (!report.conserved) throw new Error(`The counts do not add up: ${report.imbalances.join('; ')}`);
    before = now();
  }
  return { tell: 'done', progress: before };
}

/** @throws UsageError `queue-directory` */
function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch (cause) {
    const message = `${directory}, the working folder of the submission, is not there on ${hostname()}; diglot work --directory says what stands for it.`;
    throw new UsageError('queue-directory', message, { cause });
  }
}

const nothingYet: ShardProgress = {
  written: 0,
  failed: 0,
  dropped: 0,
  present: 0,
  expected: 0,
  audioSeconds: 0,
  expectedAudioSeconds: 0,
  recordsPerSecond: null,
  realTimeFactor: null,
};

/** What the pipelines before have done, and the one that runs. */
function sumOf(before: ShardProgress, status: RunStatus, { recordsPerSecond, realTimeFactor }: Pace): ShardProgress {
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    written: before.written + status.written,
    failed: before.failed + status.failed,
    dropped: before.dropped + status.dropped,
    present: before.present + status.present,
    expected: sum(before.expected, status.expected),
    audioSeconds: before.audioSeconds + status.audioSeconds,
    expectedAudioSeconds: sum(before.expectedAudioSeconds, status.expectedAudioSeconds),
    recordsPerSecond,
    realTimeFactor,
  };
}
