/**
 * What a second worker brings: `diglot run decode-nbest` in one process that has one core, against two processes, shards 0/2
 * and 1/2, each with a core of its own. ONNX Runtime takes as many threads as a process has cores: one. The two take turns;
 * seconds are from the start of the programs to the end of the last.
 *
 *     npm run build && npx tsx bench/two-workers.ts [--utterances 48] [--rounds 2]
 *
 * Needs taskset (util-linux) and two cores that do nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { verifyTable } from '../src/tables/commits/verify-table.ts';
import { writeManifest } from './decode-job.ts';
import { median } from './start-program.ts';

const { values } = parseArgs({
  options: { utterances: { type: 'string', default: '48' }, rounds: { type: 'string', default: '2' } },
});
const count = 6 * Math.ceil(Number(values.utterances) / 6);
const program = fileURLToPath(new URL('../dist/program/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
const manifest = join(folder, 'all.jsonl');
writeManifest(manifest, count);

async function work(out: string, core: number, shard: string): Promise<void> {
  const run = [
    'run',
    'decode-nbest',
    '--manifest',
    manifest,
    '--within',
    '/',
    '--language',
    'zh,en',
    '--window',
    'fit',
  ];
  const args = ['-c', String(core), process.execPath, program, ...run, '--out', out, '--shard', shard, '--quiet'];
  const child = spawn('taskset', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(said);
}

async function seconds(name: string, workers: (out: string) => Promise<void>[]): Promise<number> {
  const out = join(folder, name);
  const began = performance.now();
  await Promise.all(workers(out));
  const took = (performance.now() - began) / 1000;
  const { rows, faults } = await verifyTable(out);
  if (rows !== count || faults.length > 0) throw new Error(`${rows} rows of ${count}; ${faults.join('; ')}`);
  console.log(`${name}: ${took.toFixed(1)} s`);
  return took;
}

try {
  await work(join(folder, 'first'), 0, '0/24'); // compiles the graphs
  const ratios: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const one = await seconds(`one-${round}`, (out) => [work(out, 0, '0/1')]);
    const two = await seconds(`two-${round}`, (out) => [work(out, 0, '0/2'), work(out, 1, '1/2')]);
    ratios.push(one / two);
  }
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  console.log(
    `two workers against one, ${count} utterances: ${median(ratios).toFixed(2)} times (asked: 1.8); rounds: ${all}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
