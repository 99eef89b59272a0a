/** Starts the command line as a user would, for tests: from its source, with standard streams that are no terminals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const bundled = fileURLToPath(new URL('../../dist/program/main.js', import.meta.url));
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when either stream holds a match; rejects when the process ends without one. */
  readonly says: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** @param options `bundle` starts dist/program, as users have it, which takes a third of the time; build first. */
export function start(
  args: readonly string[],
  options: { cwd?: string; uid?: number; gid?: number; bundle?: boolean } = {},
): Started {
  const { bundle = false, ...place } = options;
  const child = spawn(process.execPath, [...(bundle ? [bundled] : ['--import', tsx, main]), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    ...place,
  });
  const said = { stdout: '', stderr: '' };
  let heard: () => void = () => undefined;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      heard();
    });
  }
  let closed = false;
  const ended = once(child, 'close').then(() => {
    closed = true;
    heard();
    return { status: child.exitCode, ...said };
  });
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(said.stdout) && !pattern.test(said.stderr)) {
      if (closed) throw new Error(`it ended without saying ${String(pattern)}:\n${said.stdout}\n${said.stderr}`);
      await new Promise<void>((resolve) => (heard = resolve));
    }
  };
  return { child, says, ended };
}

export function diglot(...args: string[]): Promise<Ended> {
  return start(args).ended;
}
