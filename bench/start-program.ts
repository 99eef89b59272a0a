/** One run of the built command line in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';

const program = 'dist/program/main.js';

export interface Run {
  /** Seconds from the start of the process to the first text on standard output. */
  readonly firstText: number;
  /** Most resident memory of the process, MB (1e6). */
  readonly peak: number;
}

/** Loaded before the program: tells the peak when it ends, on a stream of its own. */
const tellPeak = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs';
   process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS * 1024)));`,
)}`;

/** @throws Error when the program is not built, fails, or says nothing. */
export async function startProgram(args: readonly string[]): Promise<Run> {
  if (!existsSync(program)) throw new Error(`${program} is not there; npm run build makes it.`);
  const begin = performance.now();
  const child = spawn(process.execPath, ['--import', tellPeak, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, out, err, bytes] = child.stdio;
  let firstText = NaN;
  let [errors, peak] = ['', ''];
  out?.once('data', () => (firstText = (performance.now() - begin) / 1000));
  out?.resume();
  err?.on('data', (text: Buffer) => (errors += text.toString()));
  bytes?.on('data', (text: Buffer) => (peak += text.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0 || Number.isNaN(firstText)) throw new Error(`diglot ${args.join(' ')}: ${errors.trim()}`);
  return { firstText, peak: Number(peak) / 1e6 };
}

export const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
