/**
 * Whether a folder of committed parts ends with the same rows whatever happens: jobs of 60 utterances (chaos-job.ts), with
 * runs that race, of 1 to 5 shards, and are killed by SIGKILL at random moments. Then one run that is left alone, and the
 * rows, sorted by id, byte for byte against those of a run to which nothing happened.
 *
 *     npm run build && npx tsx bench/chaos.ts --runs 200 [--seed 1]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../src/random-numbers.ts';
import { faultsOf, makeHome, pipeline, program, sortedBytes, tableFlags } from './chaos-job.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const random = randomNumbers(Number(values.seed));
const upTo = (most: number): number => 1 + Math.floor(random() * most);
const home = makeHome('chaos');

/** @param killAfter Milliseconds; null lets it end. @returns Whether it was killed. */
async function run(place: string, shard: string, killAfter: number | null): Promise<boolean> {
  const args = ['run', pipeline, ...tableFlags, '--quiet', '--shard', shard];
  const child = spawn(process.execPath, [program, ...args], { cwd: place, stdio: 'ignore' });
  const ended = once(child, 'exit');
  if (killAfter !== null) {
    await Promise.race([ended, sleep(killAfter)]);
    child.kill('SIGKILL');
  }
  await ended;
  return child.signalCode === 'SIGKILL';
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
  const faults = await faultsOf(place, wanted);
  if (faults === '') same += 1;
  else process.stdout.write(`round ${round}: ${faults}\n`);
  rmSync(place, { recursive: true });
}
rmSync(home, { recursive: true });
process.stdout.write(`${same} of ${runs} ended with the same bytes; ${kills} of ${starts} runs were killed\n`);
process.exitCode = same === runs ? 0 : 1;
