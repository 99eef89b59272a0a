/**
 * Whether a folder that workers of a queue fill ends with the same rows whatever happens: jobs of 60 utterances
 * (chaos-job.ts) in 2 to 6 shards, two hosts with a worker each. In every run workers are killed by SIGKILL, with or without
 * the process of their shard; Redis is killed and started again with its append-only file; and a host is cut off from it
 * for 20 s. Then the rows, sorted by id, byte for byte against those of a run to which nothing happened.
 *
 *     npm run build && npx tsx bench/queue-chaos.ts --runs 20 [--seed 1]
 *
 * Hosts are network namespaces of Linux, which takes root; where there are none nothing is cut, and the last line says so.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openQueue } from '../src/queue/open-queue.ts';
import { queueStatus } from '../src/queue/submissions.ts';
import { randomNumbers } from '../src/random-numbers.ts';
import { faultsOf, makeHome, pipeline, program, sortedBytes, tableFlags } from './chaos-job.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const random = randomNumbers(Number(values.seed));
const upTo = (most: number): number => 1 + Math.floor(random() * most);
const home = makeHome('queue-chaos');
const CUT_SECONDS = 20;
/** Of the lock; shorter than the cut, so that a host that is cut off loses its shard. */
const LOCK_SECONDS = 6;
const PORT = 16_379;

/** A host of its own: what it runs reaches Redis by one cable. */
interface Host {
  /** Goes before a command that runs there. */
  readonly enter: readonly string[];
  readonly queue: string;
  /** Pulls the cable out, or puts it in; null where it has none. */
  readonly cable: ((state: 'up' | 'down') => void) | null;
}

const ip = (...args: string[]): Buffer => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'ignore'] });
const names = ['dgq1', 'dgq2'];

function removeHosts(): void {
  for (const name of names) {
    try {
      ip('netns', 'del', name);
    } catch {
      // it is not there
    }
  }
}

function makeHosts(): Host[] {
  removeHosts();
  try {
    return names.map((name, at) => {
      const net = `10.213.${at + 1}`;
      ip('netns', 'add', name);
      ip('link', 'add', `${name}h`, 'type', 'veth', 'peer', 'name', `${name}c`, 'netns', name);
      ip('addr', 'add', `${net}.1/24`, 'dev', `${name}h`);
      ip('link', 'set', `${name}h`, 'up');
      ip('-n', name, 'addr', 'add', `${net}.2/24`, 'dev', `${name}c`);
      ip('-n', name, 'link', 'set', `${name}c`, 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      return {
        enter: ['ip', 'netns', 'exec', name],
        queue: `redis://:chaos@${net}.1:${PORT}`,
        cable: (state) => ip('link', 'set', `${name}h`, state),
      };
    });
  } catch {
    removeHosts();
    return names.map(() => ({ enter: [], queue: `redis://:chaos@127.0.0.1:${PORT}`, cable: null }));
  }
}

let redis: ChildProcess | null = null;

async function startRedis(): Promise<void> {
  const options = ['--port', String(PORT), '--bind', '*', '--requirepass', 'chaos', '--dir', home];
  redis = spawn('redis-server', [...options, '--save', '', '--appendonly', 'yes'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const text of redis.stdout!) if (String(text).includes('Ready to accept')) break;
  redis.stdout!.resume();
}

async function killRedis(): Promise<void> {
  const over = once(redis!, 'exit');
  redis!.kill('SIGKILL');
  await over;
}

function start(host: Host, place: string, args: readonly string[]): ChildProcess {
  const [command, ...rest] = [...host.enter, process.execPath, program, ...args];
  return spawn(command!, rest, { cwd: place, stdio: 'ignore', detached: true });
}

const counts = { workers: 0, redis: 0, cuts: 0 };

/** Submits, lets two workers work and does to them what is due. @returns Whether the queue ended with all shards done. */
async function disturbed(place: string, queueName: string, hosts: readonly Host[], milliseconds: number) {
  const flags = (host: Host) => ['--queue', host.queue, '--name', queueName];
  const shards = 1 + upTo(5);
  const [first] = hosts;
  const submitted = start(first!, place, [
    'submit',
    pipeline,
    ...tableFlags,
    '--shards',
    String(shards),
    ...flags(first!),
  ]);
  await once(submitted, 'exit');
  let over = false;
  /** A worker, and another in its place when it was killed, as a service manager would. */
  const keep = async (host: Host): Promise<void> => {
    for (;;) {
      const args = ['work', '--until-empty', '--lock', String(LOCK_SECONDS), ...flags(host)];
      const worker = start(host, place, args);
      const ended = once(worker, 'exit');
      const kill = random() < 0.6 ? random() * milliseconds : null;
      if (kill !== null && !over) {
        await Promise.race([ended, sleep(kill)]);
        if (worker.exitCode === null) {
          process.kill(random() < 0.5 ? -worker.pid! : worker.pid!, 'SIGKILL');
          counts.workers += 1;
        }
      }
      await ended;
      if (worker.signalCode !== 'SIGKILL' && worker.exitCode === 0) return;
      await sleep(500); // also where it found no Redis
    }
  };
  const troubleRedis = async (): Promise<void> => {
    await sleep(random() * milliseconds);
    await killRedis();
    await sleep(random() * 3000);
    await startRedis();
    counts.redis += 1;
  };
  const troubleNetwork = async (): Promise<void> => {
    const { cable } = hosts[Math.floor(random() * hosts.length)]!;
    if (cable === null) return;
    await sleep(random() * milliseconds);
    cable('down');
    await sleep(1000 * CUT_SECONDS);
    cable('up');
    counts.cuts += 1;
  };
  const troubles = Promise.all([troubleRedis(), troubleNetwork()]).then(() => (over = true));
  await Promise.all([troubles, ...hosts.map(keep)]);
  const opened = await openQueue(`redis://:chaos@127.0.0.1:${PORT}`, queueName);
  const [submission] = (await queueStatus(opened)).submissions;
  await opened.close();
  return submission?.shards.done === shards;
}

const hosts = makeHosts();
await startRedis();
let same = 0;
try {
  const whole = join(home, 'whole');
  mkdirSync(whole);
  const began = performance.now();
  await once(start(hosts[0]!, whole, ['run', pipeline, ...tableFlags, '--quiet']), 'exit');
  // Shards come one after the other, each with a process to start.
  const milliseconds = 4 * (performance.now() - began);
  const wanted = await sortedBytes(whole);
  for (let round = 0; round < runs; round += 1) {
    const place = join(home, `round-${round}`);
    mkdirSync(place);
    const isDone = await disturbed(place, `round-${round}`, hosts, milliseconds);
    await sleep(1000); // processes whose workers were killed alone
    const faults = [isDone ? '' : 'not all shards done', await faultsOf(place, wanted)].filter(Boolean).join('; ');
    if (faults === '') same += 1;
    process.stdout.write(`round ${round}: ${faults === '' ? 'the same' : faults}\n`);
    rmSync(place, { recursive: true });
  }
} finally {
  await killRedis();
  removeHosts();
  rmSync(home, { recursive: true });
}
const cuts =
  hosts[0]!.cable === null
    ? 'nothing was cut: no network namespaces here'
    : `a host was cut off ${counts.cuts} times for ${CUT_SECONDS} s`;
process.stdout.write(
  `${same} of ${runs} ended with the same bytes, none lost or doubled; ${counts.workers} workers were killed, Redis ${counts.redis} times; ${cuts}\n`,
);
process.exitCode = same === runs ? 0 : 1;
