/** How a run shows itself on standard error while it goes. One of five ways; standard output is left to results. */
import type { RunningGraph, RunReport, RunStatus } from '../graphs/report.ts';
import type { ErrorRow } from '../records.ts';
import { closingLines } from './closing.ts';
import { openLiveRegion } from './live-region.ts';
import { paceKeeper } from './pace.ts';
import { paint } from './paint.ts';
import { progressBar, progressText } from './progress.ts';
import { topTable } from './top.ts';

/** `bar` and `top` redraw in place, for terminals; `lines` is for logs, `json` for machines, `quiet` for neither. */
export type DisplayKind = 'bar' | 'top' | 'lines' | 'json' | 'quiet';

export interface Ending {
  readonly report: RunReport;
  readonly exitStatus: number;
  /** Those of the written files that hold error rows. */
  readonly errorFiles: readonly string[];
}

export interface Display {
  /** A line from the run: the device that was chosen, a file that was fetched. */
  readonly note: (message: string) => void;
  /** A record that became an error row. */
  readonly failed: (row: ErrorRow) => void;
  /** Shows the run until `unwatch`. */
  readonly watch: (graph: RunningGraph) => void;
  readonly unwatch: () => void;
  /** Says how the run ended. */
  readonly tell: (ending: Ending) => void;
}

/** Milliseconds between two looks at the run. */
const period: Readonly<Record<DisplayKind, number>> = { bar: 100, top: 1000, lines: 10_000, json: 1000, quiet: 0 };

/** Failed records that are told one by one; the rest is only counted, and stands in the error rows. */
const mostFailures = 20;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** @param asked What the user's flags ask for. `bar` and `top` need a terminal; a log gets `lines` instead. */
export function chooseDisplay(asked: { json?: boolean; top?: boolean; quiet?: boolean }): DisplayKind {
  if (asked.json === true) return 'json';
  if (asked.quiet === true) return 'quiet';
  if (process.stderr.isTTY) return asked.top === true ? 'top' : 'bar';
  return 'lines';
}

export function openDisplay(kind: DisplayKind): Display {
  if (kind === 'json') return jsonDisplay();
  const view = kind === 'bar' || kind === 'top' ? regionView(kind) : kind === 'lines' ? linesView() : quietView;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  return {
    note: view.note,
    failed: (row) => {
      failures += 1;
      if (failures <= mostFailures) view.failed(` at ${row.node}: ${row.message}`);
      else if (failures === mostFailures + 1)
        view.failed(': more, which are only counted here and stand in the error rows');
    },
    watch: (graph) => {
      timer = every(period[kind], () => view.look(graph.status()));
    },
    unwatch: () => {
      clearInterval(timer);
      view.end();
    },
    tell: ({ report, errorFiles }) => {
      for (const line of closingLines(report, errorFiles)) say(line);
    },
  };
}

interface View {
  readonly note: (message: string) => void;
  /** @param what Stands behind the word "failed". */
  readonly failed: (what: string) => void;
  readonly look: (status: RunStatus) => void;
  readonly end: () => void;
}

const quietView: View = { note: () => undefined, failed: () => undefined, look: () => undefined, end: () => undefined };

function linesView(): View {
  const pace = paceKeeper(60);
  return {
    note: say,
    failed: (what) => say(`failed${what}`),
    look: (status) => say(progressText(status, pace(status))),
    end: () => undefined,
  };
}

function regionView(kind: 'bar' | 'top'): View {
  const region = openLiveRegion(process.stderr, process.stdout.isTTY ? process.stdout : null);
  const pace = paceKeeper();
  let before: RunStatus | null = null;
  return {
    note: (message) => region.print(paint.dim(message)),
    failed: (what) => region.print(paint.red('failed') + what),
    look: (status) => {
      const columns = process.stderr.columns;
      const table = kind === 'top' ? ['', ...topTable(before, status, columns), ''] : [];
      region.show([...table, progressBar(status, pace(status), columns)]);
      before = status;
    },
    end: region.close,
  };
}

/** Every line is an object whose `event` is `note`, `error`, `status` or `report`. */
function jsonDisplay(): Display {
  const emit = (event: string, fields: object): void => say(JSON.stringify({ event, ...fields }));
  let timer: NodeJS.Timeout | undefined;
  return {
    note: (message) => emit('note', { message }),
    failed: (row) => emit('error', { row }),
    watch: (graph) => {
      timer = every(period.json, () => emit('status', graph.status()));
    },
    unwatch: () => clearInterval(timer),
    tell: ({ report, exitStatus, errorFiles }) => {
      const { failure } = report;
      const plain = failure === null ? null : { name: failure.name, message: failure.message };
      emit('report', { ...report, failure: plain, errorFiles, exitStatus });
    },
  };
}

/** A timer that looks but does not keep the process alive. */
function every(milliseconds: number, look: () => void): NodeJS.Timeout | undefined {
  return milliseconds === 0 ? undefined : setInterval(look, milliseconds).unref();
}
