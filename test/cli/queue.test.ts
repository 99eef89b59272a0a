import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { plansOf } from '../../src/cli/run-pipeline.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { openQueue, type OpenQueue } from '../../src/queue/open-queue.ts';
import { queueStatus, type QueueStatus, type SubmissionStatus } from '../../src/queue/submissions.ts';
import { submitShards, type Submitted } from '../../src/queue/submit-shards.ts';
import { cleanTable } from '../../src/tables/commits/clean-table.ts';
import { verifyTable } from '../../src/tables/commits/verify-table.ts';
import { convertTable } from '../../src/tables/convert-table.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { start, type Started } from './command-line.ts';

const pipeline = fileURLToPath(new URL('pipelines/gated.json', import.meta.url));
const recording = fileURLToPath(new URL('../../fixtures/audio/english-jfk.flac', import.meta.url));
const UTTERANCES = 12;
/** Of the lock, in seconds: long enough that a busy machine renews it in time. */
const LOCK = '4';

const servers = [
  ['Redis', 'DIGLOT_TEST_REDIS'],
  ['PostgreSQL', 'DIGLOT_TEST_POSTGRES'],
] as const;

for (const [server, variable] of servers) {
  describe(`a queue on ${server} (needs ${variable})`, function () {
    this.timeout(300_000);
    const address = process.env[variable];
    const folder = folderPerTest();
    const home = process.cwd();
    let opened: OpenQueue;
    let flags: string[] = [];
    let started: Started[] = [];

    before(function () {
      if (address === undefined) this.skip();
    });
    beforeEach(async () => {
      const name = `test-${randomUUID()}`;
      opened = await openQueue(address!, name);
      flags = ['--queue', address!, '--name', name];
      started = [];
      const lines = Array.from({ length: UTTERANCES }, (_, at) => ({
        id: `u${at}`,
        path: recording,
        start: at * 0.4,
        duration: 0.3,
      }));
      writeFileSync(folder('all.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      for (const place of ['whole', 'q']) mkdirSync(folder(place));
    });
    afterEach(async () => {
      rmSync(folder('q', 'closed'), { force: true });
      for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await opened.queue.obliterate({ force: true });
      await opened.close();
    });

    const parameters = { manifest: '../all.jsonl', out: 'out' };
    const command = (...args: string[]): Started => {
      const run = start([...args, ...flags], { cwd: folder('q'), bundle: true });
      started.push(run);
      return run;
    };
    const work = (): Started => command('work', '--until-empty', '--lock', LOCK);

    function submit(attempts = 3): Promise<Submitted> {
      const given = Object.entries(parameters);
      const run = { pipeline, parameters: given, overrides: [], allowTypeScript: true, directory: folder('q') };
      return submitShards(opened, run, { shards: 3, attempts, retrySeconds: 0 });
    }

    async function status(): Promise<SubmissionStatus> {
      const { submissions } = await queueStatus(opened);
      assert.equal(submissions.length, 1);
      return submissions[0]!;
    }

    /** A run to which nothing happens, in this process. */
    async function runAt(place: string, more: Record<string, string> = {}): Promise<void> {
      process.chdir(folder(place));
      try {
        const file = pipeline;
        const request = { file, overrides: [], parameters: { ...parameters, ...more }, allowTypeScript: true };
        const [checked] = (await plansOf(request))!;
        const report = await startGraph(checked!.plan, { note: () => undefined }).finished;
        assert.deepEqual([report.outcome, report.written], ['done', UTTERANCES]);
      } finally {
        process.chdir(home);
      }
    }

    /** Rows, sorted by id, as bytes. */
    async function rows(place: string): Promise<Buffer> {
      await convertTable(folder(place, 'out'), folder(place, 'sorted.arrow'), { sort: true });
      return readFileSync(folder(place, 'sorted.arrow'));
    }

    /** The folder that the workers filled against that of a single run. */
    async function hasTheRowsOfOneRun(): Promise<void> {
      await runAt('whole');
      assert.ok((await rows('whole')).equals(await rows('q')));
      const check = await verifyTable(folder('q', 'out'));
      assert.deepEqual([check.faults, check.rows], [[], UTTERANCES]);
    }

    const closeGate = (): void => writeFileSync(folder('q', 'closed'), '');
    const openGate = (): void => rmSync(folder('q', 'closed'));
    /** Lets one record through the closed gate. */
    async function letOneThrough(): Promise<void> {
      writeFileSync(folder('q', 'ticket'), '');
      while (existsSync(folder('q', 'ticket'))) await sleep(10);
    }
    /** Lets one after the other through until something has happened. */
    async function letThroughUntil<T>(happened: Promise<T>): Promise<T> {
      const tickets = setInterval(() => writeFileSync(folder('q', 'ticket'), ''), 50);
      return happened.finally(() => clearInterval(tickets));
    }

    it('gives two workers three shards, and the rows of a single run', async () => {
      const submitCommand = () =>
        command('submit', pipeline, '--manifest', '../all.jsonl', '--out', 'out', '--shards', '3').ended;
      const put = await submitCommand();
      assert.deepEqual([put.status, put.stderr], [0, '']);
      assert.match(put.stdout, /^gated-[0-9a-f]{8} {2}3 shards put in /);
      assert.match((await submitCommand()).stdout, /0 shards put in .*, 3 shards waited or were at work already/);
      const workers = await Promise.all([work().ended, work().ended]);
      for (const worker of workers) assert.equal(worker.status, 0, worker.stderr);
      await hasTheRowsOfOneRun();
      const { shards, records, failures } = await status();
      assert.deepEqual([shards.done, shards.count, failures], [3, 3, []]);
      assert.deepEqual([records.written, records.present, records.expected], [UTTERANCES, 0, UTTERANCES]);
    });

    it('takes a run that is done again, and passes over what is there', async () => {
      await runAt('q');
      assert.deepEqual((await submit()).added, 3);
      const { status: code, stderr } = await work().ended;
      assert.equal(code, 0, stderr);
      const { records } = await status();
      assert.deepEqual([records.written, records.present], [0, UTTERANCES]);
      assert.deepEqual((await submit()).added, 3);
    });

    it('gives the shard of a killed worker to another, which goes on from what was committed', async () => {
      closeGate();
      await submit();
      const killed = work();
      await killed.says(/begun/);
      for (let at = 0; at < 3; at += 1) await letOneThrough(); // a part of two rows, and a row that is lost
      const children = shardProcesses(killed.child);
      assert.equal(children.length, 1);
      const { atWork, shards } = await status();
      assert.deepEqual([atWork.length, shards.active, shards.waiting], [1, 1, 2]);
      for (const pid of [killed.child.pid!, ...children]) process.kill(pid, 'SIGKILL');
      await killed.ended;
      openGate();
      const other = await work().ended;
      assert.equal(other.status, 0, other.stderr);
      assert.match(other.stderr, /its worker went away/);
      assert.match(other.stderr, /done, \d+ written, 2 were there/);
      await cleanTable(folder('q', 'out'), 0);
      await hasTheRowsOfOneRun();
    });

    it('doubles nothing when a worker that was taken for dead comes to life again', async () => {
      closeGate();
      await submit();
      const zombie = work();
      await zombie.says(/begun/);
      const [pid] = shardProcesses(zombie.child);
      zombie.child.kill('SIGSTOP');
      const other = work();
      await other.says(/its worker went away/);
      openGate(); // the process of the stopped worker still runs, too
      assert.equal((await other.ended).status, 0);
      zombie.child.kill('SIGCONT');
      assert.equal((await zombie.ended).status, 0);
      assert.ok(!isRunning(pid!));
      await hasTheRowsOfOneRun();
      assert.equal((await status()).shards.done, 3);
    });

    it('keeps a shard that fails with its reason, tries it as often as was asked, and takes it again', async () => {
      await runAt('q', { bands: '128' });
      await submit(2);
      const worker = await work().ended;
      assert.equal(worker.status, 1, worker.stderr);
      assert.match(worker.stderr, /attempt 1 of 2, and will be tried again: .*bands is 128 there and 80 here/);
      const { failures, shards } = await status();
      assert.deepEqual([shards.failed, failures.length], [3, 3]);
      for (const { reason, attempts, triedAgain } of failures) {
        assert.match(reason, /nodes\.mel\.with\.bands is 128 there and 80 here/);
        assert.deepEqual([attempts, triedAgain], [2, false]);
      }
      const told = await command('status').ended;
      assert.equal(told.status, 1);
      assert.match(told.stdout, /3 shards: 0 done, 0 at work, 0 waiting, 3 failed\n/);
      assert.match(told.stdout, /\d\/3 failed 2 times, last on .*: .*bands is 128 there/);
      rmSync(folder('q', 'out'), { recursive: true });
      assert.equal((await submit()).added, 3);
      assert.equal((await work().ended).status, 0);
      await hasTheRowsOfOneRun();
    });

    it('is cancelled cleanly: what waits leaves, what is in flight is committed, and the rest can be submitted', async () => {
      closeGate();
      await submit();
      const worker = work();
      await letOneThrough();
      const cancel = command('cancel').ended;
      await worker.says(/cancelled, finishing what is in flight/);
      const { atWork, shards } = await status();
      assert.deepEqual([shards.cancelled, atWork.map(({ cancelled }) => cancelled)], [2, [true]]);
      const { status: code, stdout } = await letThroughUntil(cancel);
      assert.equal(code, 0);
      assert.match(stdout, /2 shards removed, 1 stopped at work\n/);
      const stopped = await worker.ended;
      assert.equal(stopped.status, 0, stopped.stderr);
      assert.match(stopped.stderr, /cancelled, what was made is kept/);
      assert.match((await command('status').ended).stdout, /^nothing was submitted\n/);
      const check = await verifyTable(folder('q', 'out'));
      assert.deepEqual(check.faults, []);
      assert.ok(check.rows >= 1 && check.rows < UTTERANCES, `${check.rows} rows`);
      openGate();
      await submit();
      assert.equal((await work().ended).status, 0);
      await hasTheRowsOfOneRun();
    });

    it('gets its shard back from a worker that is told to go', async () => {
      closeGate();
      await submit(1);
      const gone = work();
      await letOneThrough();
      gone.child.kill('SIGTERM');
      await gone.says(/finishing what is in flight/);
      const { status: code, stderr } = await letThroughUntil(gone.ended);
      assert.equal(code, 143, stderr);
      assert.match(stderr, /back in the queue, [1-9] written are kept/);
      const { shards, failures } = await status();
      assert.deepEqual([shards.waiting, failures], [3, []]);
      openGate();
      assert.equal((await work().ended).status, 0);
      await hasTheRowsOfOneRun();
    });
  });
}

describe('a queue whose Redis goes away (needs redis-server)', function () {
  this.timeout(300_000);
  const folder = folderPerTest();
  let redis: ChildProcess | null = null;
  before(function () {
    try {
      execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
  });
  afterEach(async () => {
    if (redis === null) return;
    const over = once(redis, 'exit');
    redis.kill('SIGKILL');
    await over;
    redis = null;
  });

  async function startRedis(port: number): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder(), '--requirepass', 'secret'];
    redis = spawn('redis-server', [...options, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']);
    let said = '';
    for await (const text of redis.stdout!) {
      said += String(text);
      if (said.includes('Ready to accept connections')) break;
    }
    redis.stdout!.resume();
  }

  it('goes on when Redis was killed and comes back with its append-only file', async () => {
    const port = await freePort();
    await startRedis(port);
    const flags = ['--queue', `redis://:secret@127.0.0.1:${port}`];
    const lines = [0, 1, 2].map((at) => ({ id: `u${at}`, path: recording, start: at, duration: 0.3 }));
    writeFileSync(folder('all.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    writeFileSync(folder('closed'), '');
    const run = (...args: string[]): Started => start([...args, ...flags], { cwd: folder(), bundle: true });
    const put = await run('submit', pipeline, '--manifest', 'all.jsonl', '--out', 'out', '--shards', '1').ended;
    assert.match(put.stdout, /1 shard put in redis:\/\/:…@127/);
    const worker = run('work', '--until-empty', '--lock', LOCK);
    await worker.says(/begun/);
    redis!.kill('SIGKILL');
    await once(redis!, 'exit');
    await worker.says(/does not answer/);
    const away = await run('status').ended;
    assert.equal(away.status, 2);
    assert.match(away.stderr, /The queue redis:\/\/:…@.* cannot be used: connect ECONNREFUSED.*Is Redis running there/);
    rmSync(folder('closed')); // the shard goes on, and may be done before Redis is back
    await startRedis(port);
    await worker.says(/answers again/);
    const { status, stderr } = await worker.ended;
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /secret/);
    const told = await run('status', '--json').ended;
    assert.equal((JSON.parse(told.stdout) as QueueStatus).submissions[0]!.shards.done, 1);
    const check = await verifyTable(folder('out'));
    assert.deepEqual([check.faults, check.rows], [[], 3]);
  });

  it('is refused with a wrong password, or none, without telling the one that was given', async () => {
    const port = await freePort();
    await startRedis(port);
    for (const [user, reason] of [
      ['', /NOAUTH/],
      [':wrong@', /WRONGPASS/],
    ] as const) {
      const { status, stderr } = await start(['status', '--queue', `redis://${user}127.0.0.1:${port}`], {
        bundle: true,
      }).ended;
      assert.equal(status, 2);
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /:wrong/);
    }
  });
});

/** Processes that a worker has started, by Linux's own list. */
function shardProcesses({ pid }: ChildProcess): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const isShard = (child: string) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('run-shard');
  return children === '' ? [] : children.split(' ').filter(isShard).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
