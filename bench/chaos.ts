/**
 * Whether a folder of committed parts ends with the same rows whatever happens: jobs of 60 utterances (log-mel features, a
 * part every 3 rows, so that much of the time is commits), with runs that race, of 1 to 5 shards, and are killed by
 * SIGKILL at random moments. Then one run that is left alone, and the rows, sorted by id, byte for byte against those of
 * a run to which nothing happened.
 *
 *     npm run build && npx tsx bench/chaos.ts --runs 200 [--seed 1]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../src/random-numbers.ts';
import { cleanTable } from '../src/tables/commits/clean-table.ts';
import { verifyTable } from '../src/tables/commits/verify-table.ts';
import { convertTable } from '../src/tables/convert-table.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const random = randomNumbers(Number(values.seed));
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const command = pathOf('../dist/program/main.js');
const pipeline = pathOf('../test/cli/pipelines/corpus.json');
const recording = pathOf('../fixtures/audio/english-jfk.flac');
const home = mkdtempSync(join(tmpdir(), 'diglot-chaos-'));
const UTTERANCES = 60;
const upTo = (most: number): number => 1 + Math.floor(random() * most);

const lines = Array.from({ length: UTTERANCES }, (_, at) => ({
  id: `u${at}`,
  path: recording,
  start: at * 0.15,
  duration: 0.3,
}));
writeFileSync(join(home, 'all.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** @param killAfter Milliseconds; null lets it end. @returns Whether it was killed. */
async function run(place: string, shard: string, killAfter: number | null): Promise<boolean> {
  const args = ['run', pipeline, '--manifest', '../all.jsonl', '--out', 'out', '--quiet', '--shard', shard];
  const child = spawn(process.execPath, [command, ...args], { cwd: place, stdio: 'ignore' });
  const ended = once(child, 'exit');
  if (killAfter !== null) {
    await Promise.race([ended, sleep(killAfter)]);
    child.kill('SIGKILL');
  }
  await ended;
  return child.signalCode === 'SIGKILL';
}

async function sortedBytes(place: string): Promise<Buffer> {
  await convertTable(join(place, 'out'), join(place, 'sorted.arrow'), { sort: true });
  return readFileSync(join(place, 'sorted.arrow'));
}

const whole = join(home, 'whole');
mkdirSync(whole);
/** How long the last runs took that were left alone: other work on the machine changes it. */
const durations: number[] = [];
async function runToItsEnd(place: string): Promise<void> {
  const began = performance.now();
  await run(place, '0/1', null);
  durations.push(performance.now() - began);
}
const usual = (): number => durations.slice(-9).sort((a, b) => a - b)[Math.floor(Math.min(9, durations.length) / 2)]!;

await runToItsEnd(whole);
const wanted = await sortedBytes(whole);
let same = 0;
let kills = 0;
let starts = 0;
for (let round = 0; round < runs; round += 1) {
  const place = join(home, `round-${round}`);
  mkdirSync(place);
  for (let wave = upTo(2); wave > 0; wave -= 1) {
    const racers = Array.from({ length: upTo(3) }, () => {
      const count = upTo(5);
      const shard = `${Math.floor(random() * count)}/${count}`;
      return run(place, shard, random() < 0.75 ? random() * usual() * 1.2 : null);
    });
    starts += racers.length;
    kills += (await Promise.all(racers)).filter(Boolean).length;
  }
  await runToItsEnd(place);
  await cleanTable(join(place, 'out'), 0);
  const { faults, leftovers, rows } = await verifyTable(join(place, 'out'));
  const isSame = wanted.equals(await sortedBytes(place));
  if (isSame && faults.length === 0 && leftovers.length === 0 && rows === UTTERANCES) same += 1;
  else process.stdout.write(`round ${round}: ${rows} rows, ${isSame ? 'same' : 'other'} bytes, ${faults.join('; ')}\n`);
  rmSync(place, { recursive: true });
}
rmSync(home, { recursive: true });
process.stdout.write(`${same} of ${runs} ended with the same bytes; ${kills} of ${starts} runs were killed\n`);
process.exitCode = same === runs ? 0 : 1;
