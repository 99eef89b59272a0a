/** What `run` and `transcribe` share: load, check, run, say how it ended. The one way from a file to a running graph. */
import { dirname } from 'node:path';
import type { Checked } from '../graphs/check.ts';
import type { Plan } from '../graphs/plan.ts';
import type { Shard, StartOptions } from '../graphs/run.ts';
import type { RunReport } from '../graphs/report.ts';
import { isFinished } from '../tables/unfinished.ts';
import { openDisplay, type DisplayKind } from './display.ts';
import { status, statusOfAll, statusOfReport } from './exit-status.ts';
import { listenForInterrupts } from './interrupt.ts';
import { sayFaults, sayFailure } from './say.ts';

export interface PipelineRequest {
  readonly file: string;
  readonly overrides: readonly string[];
  /** By parameter name, as text. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly allowTypeScript: boolean;
  /** Leaves out pipelines all of whose Arrow files are there. */
  readonly onlyMissing?: boolean;
  /** Runs a share of the sources' records. */
  readonly shard?: Shard | null;
}

/** Loads and checks every pipeline of a file. What is wrong is said on standard error. @returns null where anything is. */
export async function plansOf(
  request: PipelineRequest,
  asJson = false,
): Promise<readonly (Checked & { plan: Plan })[] | null> {
  const [{ loadPipelines }, { check }] = await Promise.all([import('../graphs/load.ts'), import('../graphs/check.ts')]);
  const { file, ...options } = request;
  const checked = (await loadPipelines(file, options)).map((loaded) => check(loaded));
  const sound = checked.filter((each): each is Checked & { plan: Plan } => each.plan !== null);
  await sayFaults(checked, asJson);
  return sound.length === checked.length ? sound : null;
}

/** Runs every pipeline of a file, one after the other. @returns The exit status. */
export async function runPipeline(request: PipelineRequest, kind: DisplayKind, debug: boolean): Promise<number> {
  const checked = await plansOf(request, kind === 'json');
  if (checked === null) return status.usage;
  const statuses: number[] = [];
  for (const [at, { plan }] of checked.entries()) {
    if (request.onlyMissing === true && isWritten(plan)) continue;
    if (checked.length > 1 && kind !== 'json' && kind !== 'quiet') {
      process.stderr.write(`${plan.name} (${at + 1} of ${checked.length})\n`);
    }
    const ended = await runPlan(plan, kind, debug, { shard: request.shard ?? null });
    statuses.push(ended);
    if (ended > 128) break;
  }
  return statusOfAll(statuses);
}

/** Runs one plan and says how it ended. @returns The exit status. */
export async function runPlan(
  plan: Plan,
  kind: DisplayKind,
  debug: boolean,
  options: Pick<StartOptions, 'shard' | 'retry'>,
): Promise<number> {
  const { startGraph } = await import('../graphs/run.ts');
  const display = openDisplay(kind);
  const graph = startGraph(plan, {
    ...options,
    note: display.note,
    onErrorRow: display.failed,
  });
  const interruption = listenForInterrupts(graph, display.note);
  let readerLeft = false;
  process.stdout.once('error', () => {
    readerLeft = true;
    graph.abort();
  });
  display.watch(graph);
  const awake = setInterval(() => undefined, 1000); // Node would leave a run whose operators wait for nothing it knows
  const report = await graph.finished;
  clearInterval(awake);
  interruption.release();
  display.unwatch();
  const exitStatus = statusOfReport(report, readerLeft ? 'SIGPIPE' : interruption.signal());
  if (!readerLeft) {
    display.tell({ report, exitStatus, errorFiles: errorFilesOf(plan, report) });
    if (report.failure !== null && kind !== 'json') sayFailure(report.failure, debug);
  }
  return exitStatus;
}

/** Whether a run of the plan has been finished. Of a folder only the run itself can tell, which goes on from what is there. */
function isWritten({ nodes }: Plan): boolean {
  const paths = nodes
    .filter(({ operator, implicit }) => operator.description.name === 'write-arrow' && !implicit)
    .map(({ options }) => String(options['path']));
  return paths.length > 0 && paths.every((path) => path.endsWith('.arrow') && isFinished(path));
}

/** The files and folders for error rows which no node of the file reads. */
function errorFilesOf({ nodes }: Plan, { parts }: RunReport): string[] {
  const collectors = nodes.filter(({ implicit }) => implicit).map(({ options }) => String(options['path']));
  return collectors.filter((path) => parts.some((part) => part.path === path || dirname(part.path) === path));
}
