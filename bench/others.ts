/** The benches of single parts, each in a process of its own; what they print is their table. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Skipped } from './measure.ts';

const others: readonly (readonly [file: string, title: string, ...options: string[]])[] = [
  ['encoder.ts', 'Encoder'],
  ['compiled.ts', 'Networks, step by step', '--eager', 'none', '--rounds', '5'],
  ['decoding.ts', 'What language costs in the search', '--rounds', '5'],
  ['cold-start.ts', 'Cold start'],
  ['memory.ts', 'Peak memory'],
];
/** Milliseconds. */
const longest = 120_000;

interface Table {
  readonly title: string;
  readonly command: string;
  readonly output: string;
}

export function* runOthers(note: (line: string) => void): Generator<Table | Skipped> {
  for (const [file, title, ...options] of others) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const side = `bench/${file}`;
    if (!existsSync(path)) {
      yield { side, reason: 'not there' };
      continue;
    }
    note(side);
    const { status, stdout, stderr, error } = spawnSync(process.execPath, ['--import', 'tsx', path, ...options], {
      encoding: 'utf8',
      timeout: longest,
    });
    if (status === 0) yield { title, command: ['npx tsx', side, ...options].join(' '), output: stdout.trim() };
    else yield { side, reason: error?.message ?? stderr.trim().split('\n').at(-1) ?? `status ${status}` };
  }
}
