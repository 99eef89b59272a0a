/** Runs a live pipeline in front of a person: its records go to a screen, Ctrl-C ends it with the last words. */
import { closingLines } from './closing.ts';
import { statusOfReport, status } from './exit-status.ts';
import { listenForInterrupts } from './interrupt.ts';
import { openScreen } from './live-screen.ts';
import { plansOf, type PipelineRequest } from './run-pipeline.ts';
import { sayFailure } from './say.ts';

/** @returns The exit status. A live session has no other end than to be stopped, so the first Ctrl-C is none that failed. */
export async function runLive(request: PipelineRequest, quiet: boolean, debug: boolean): Promise<number> {
  const checked = await plansOf(request);
  if (checked === null) return status.usage;
  const { startGraph } = await import('../graphs/run.ts');
  const screen = openScreen(quiet);
  const graph = startGraph(checked[0]!.plan, {
    note: screen.note,
    onErrorRow: ({ node, message }) => screen.note(`failed at ${node}: ${message}`),
    program: { given: new Map(), taken: new Map([['records', screen.take]]) },
  });
  const interruption = listenForInterrupts(graph, screen.note);
  let readerLeft = false;
  process.stdout.once('error', () => {
    readerLeft = true;
    graph.abort();
  });
  const awake = setInterval(() => undefined, 1000); // Node would leave a run whose operators wait for nothing it knows
  const report = await graph.finished;
  clearInterval(awake);
  interruption.release();
  screen.close();
  if (!readerLeft) {
    for (const line of closingLines(report)) process.stderr.write(`${line}\n`);
    if (report.failure !== null) sayFailure(report.failure, debug);
  }
  const isEnded = report.outcome === 'drained';
  return statusOfReport(report, readerLeft ? 'SIGPIPE' : isEnded ? null : interruption.signal());
}
