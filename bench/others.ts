/** The benches of single parts, each in a process of its own; what they print is their table. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { partOf, type Part } from './report.ts';

const benches: readonly (readonly [name: string, title: string, ...options: string[]])[] = [
  ['encoder', 'Encoder', '--rounds', '21'],
  ['compiled', 'Networks, step by step', '--eager', 'none', '--rounds', '5'],
  [
    'decoding',
    'What language costs in the search',
    ...['--precision', 'int8', '--rounds', '21', '--systems', 'plain,internal,mixture'],
  ],
  ['cold-start', 'Cold start'],
  ['memory', 'Peak memory'],
  ['golden', 'Eight bits and floats', '--part', 'texts', '--precision', 'int8'],
];
/** Milliseconds. */
const longest = 240_000;

export interface Other {
  readonly name: string;
  run(note: (line: string) => void): Part;
}

export const others: readonly Other[] = benches.map(([name, title, ...options]) => ({
  name,
  run(note) {
    const side = `bench/${name}.ts`;
    const command = ['npx tsx', side, ...options].join(' ');
    note(side);
    const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    const { status, stdout, stderr, error } = spawnSync(process.execPath, ['--import', 'tsx', path, ...options], {
      encoding: 'utf8',
      timeout: longest,
    });
    const output = stdout.trimEnd();
    const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `status ${status}`;
    return partOf(command, {
      figures: output.split('\n').flatMap(figureIn),
      text: `## ${title}\n\n\`\`\`\n${output}\n\`\`\``,
      skipped: status === 0 ? [] : [{ side, reason }],
    });
  },
}));

/** What was asked stands behind what was measured: `what: measured (asked: 85)`. */
function figureIn(line: string): string[][] {
  const [, what, measured, asked] = /^\s*(.+?): (.+) \(asked: (.+)\)$/.exec(line) ?? [];
  return what === undefined ? [] : [[what, asked!, measured!]];
}
