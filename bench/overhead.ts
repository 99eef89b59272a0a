/**
 * What the framework takes of a decoding run: `diglot run decode-nbest` under V8's profiler, every sample given to the layer
 * of the innermost frame that is a file of diglot's or of a package, what that calls in Node (hashes, files) with it. From the
 * first sample in which audio is decoded to the end: programs and models are loaded before. Commits and leases are src/graphs and src/tables, Arrow is
 * apache-arrow; operators hold what joins them to the mathematics.
 *
 *     npm run build && npx tsx bench/overhead.ts [--utterances 48]
 *
 * Shares are of the time of the main thread, its waiting included; inference is on it and on others. What JavaScript does while
 * others compute counts as well, so the share is an upper bound.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeManifest } from './decode-job.ts';

const { values } = parseArgs({ options: { utterances: { type: 'string', default: '48' } } });
/** Not the bundle: there a profile knows no files. */
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The layer or package of a file; null for Node's own. */
function partOf(url: string): string | null {
  const [, packaged] = /\/node_modules\/(@[^/]+\/[^/]+|[^/]+)\//.exec(url) ?? [];
  if (packaged !== undefined) return packaged;
  const [, layer] = /\/dist\/([^/]+)\//.exec(url) ?? [];
  return layer === undefined ? null : `src/${layer}`;
}

function partsOf({ nodes, samples, timeDeltas }: Profile) {
  const parts = new Map<number, string>();
  const ofAudio = new Set<number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const mark = (id: number, above: string | null): void => {
    const { callFrame, children } = byId.get(id)!;
    const own = partOf(callFrame.url) ?? above;
    parts.set(id, own ?? (callFrame.functionName === '(idle)' ? 'waiting for other threads' : 'Node'));
    if (callFrame.url.includes('/dist/audio/decode') && callFrame.functionName !== '') ofAudio.add(id);
    for (const child of children ?? []) mark(child, own);
  };
  mark(nodes[0]!.id, null);
  const all = samples.map((id) => parts.get(id)!);
  const from = samples.findIndex((id) => ofAudio.has(id));
  const seconds = new Map<string, number>();
  for (let at = from; at < all.length; at++)
    seconds.set(all[at]!, (seconds.get(all[at]!) ?? 0) + timeDeltas[at]! / 1e6);
  return seconds;
}

try {
  const manifest = join(folder, 'all.jsonl');
  writeManifest(manifest, 6 * Math.ceil(Number(values.utterances) / 6));
  const run = ['run', 'decode-nbest', '--manifest', manifest, '--within', '/', '--language', 'zh,en', '--json'];
  const args = ['--cpu-prof', '--cpu-prof-dir', folder, program, ...run, '--out', join(folder, 'out')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr);
  const name = readdirSync(folder).find((file) => file.endsWith('.cpuprofile'))!;
  const seconds = partsOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile);
  const all = [...seconds.values()].reduce((sum, one) => sum + one);
  const share = (one: number): string => `${((100 * one) / all).toFixed(2)} %`;
  for (const [part, taken] of [...seconds].sort(([, a], [, b]) => b - a))
    if (taken / all > 0.0001) console.log(`${part.padEnd(28)} ${taken.toFixed(2).padStart(7)} s  ${share(taken)}`);
  const framework = ['src/graphs', 'src/tables', 'src/operators', 'src/cli', 'rxjs', 'apache-arrow', 'flatbuffers'];
  const taken = framework.reduce((sum, part) => sum + (seconds.get(part) ?? 0), 0);
  console.log(`framework: ${share(taken)} of ${all.toFixed(1)} s (asked: 1 %)`);
} finally {
  rmSync(folder, { recursive: true });
}
