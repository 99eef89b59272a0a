import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { plansOf } from '../../src/cli/run-pipeline.ts';
import { startGraph, type Shard } from '../../src/graphs/run.ts';
import type { RunReport } from '../../src/graphs/report.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { cleanTable } from '../../src/tables/commits/clean-table.ts';
import { verifyTable } from '../../src/tables/commits/verify-table.ts';
import { convertTable } from '../../src/tables/convert-table.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { diglot, start } from './command-line.ts';

const pipeline = fileURLToPath(new URL('pipelines/corpus.json', import.meta.url));
const recording = fileURLToPath(new URL('../../fixtures/audio/english-jfk.flac', import.meta.url));
const killer = pathToFileURL(fileURLToPath(new URL('../support/kill-at.mjs', import.meta.url))).href;
const UTTERANCES = 24;

describe('a corpus', function () {
  this.timeout(300_000);
  const folder = folderPerTest();
  const home = process.cwd();
  afterEach(() => process.chdir(home));

  /** Pieces of a recording; those of `missing` are of files that are not there. */
  function manifest(missing: readonly number[] = []): void {
    const lines = Array.from({ length: UTTERANCES }, (_, at) => ({
      id: `u${at}`,
      path: missing.includes(at) ? folder(`later-${at}.flac`) : recording,
      start: at * 0.4,
      duration: 0.3,
    }));
    writeFileSync(folder('all.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Every run is in a folder of its own and writes to `out` there, so that all say the same of themselves. */
  function enter(place: string): void {
    mkdirSync(folder(place), { recursive: true });
    process.chdir(folder(place));
  }

  /** The run in this process. */
  async function run(place: string, shard: Shard | null = null): Promise<RunReport> {
    enter(place);
    const parameters = { manifest: '../all.jsonl', out: 'out' };
    const plans = await plansOf({ file: pipeline, overrides: [], parameters, allowTypeScript: true });
    return startGraph(plans![0]!.plan, { note: () => undefined, shard }).finished;
  }

  /** The run in one of its own, which can be killed. */
  function spawnRun(place: string, ...more: string[]): ReturnType<typeof start> {
    enter(place);
    return start(['run', pipeline, '--manifest', '../all.jsonl', '--out', 'out', ...more], { cwd: folder(place) });
  }

  async function sortedBytes(place: string): Promise<Buffer> {
    await convertTable(folder(place, 'out'), folder(place, 'sorted.arrow'), { sort: true });
    return readFileSync(folder(place, 'sorted.arrow'));
  }

  it('gives the same bytes for any number of shards', async () => {
    manifest();
    assert.equal((await run('whole')).written, UTTERANCES);
    const wanted = await sortedBytes('whole');
    for (const count of [2, 3, 7]) {
      const written: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const report = await run(`of-${count}`, { index, count });
        assert.equal(report.conserved, true);
        assert.equal(report.present, 0);
        written.push(report.written);
      }
      assert.equal(
        written.reduce((sum, rows) => sum + rows, 0),
        UTTERANCES,
      );
      assert.ok(wanted.equals(await sortedBytes(`of-${count}`)));
    }
    const again = await run('of-7', { index: 0, count: 1 });
    assert.deepEqual([again.pulled, again.present], [0, UTTERANCES]);
  });

  for (const moment of ['link:before:3', 'link:after:3', 'rename:before:2', 'rename:after:1', 'sync:after:9']) {
    it(`gives the same bytes after a kill ${moment.split(':').slice(0, 2).reverse().join(' ')}`, async () => {
      manifest();
      await run('whole');
      process.env['NODE_OPTIONS'] = `--import ${killer}`;
      process.env['KILL_AT'] = moment;
      const killed = spawnRun('killed');
      delete process.env['NODE_OPTIONS'];
      delete process.env['KILL_AT'];
      await killed.ended;
      assert.equal(killed.child.signalCode, 'SIGKILL');
      for (const index of [1, 0]) assert.equal((await run('killed', { index, count: 2 })).outcome, 'done');
      assert.ok((await sortedBytes('whole')).equals(await sortedBytes('killed')));
      await cleanTable(folder('killed', 'out'), 0);
      const { faults, leftovers, rows } = await verifyTable(folder('killed', 'out'));
      assert.deepEqual([faults, leftovers, rows], [[], [], UTTERANCES]);
    });
  }

  it('gives the same bytes when runs of different shards race and some are killed', async () => {
    manifest();
    await run('whole');
    const random = randomNumbers(7);
    const racers = Array.from({ length: 4 }, () => {
      const count = 1 + Math.floor(random() * 3);
      return spawnRun('raced', '--shard', `${Math.floor(random() * count)}/${count}`);
    });
    // The first may also have lost all its rows to the others.
    await racers[0]!.says(/wrote|holds|were left out/);
    for (const { child } of racers) if (random() < 0.5) child.kill('SIGKILL');
    await Promise.all(racers.map(({ ended }) => ended));
    assert.equal((await run('raced')).outcome, 'done');
    assert.ok((await sortedBytes('whole')).equals(await sortedBytes('raced')));
  });

  it('keeps what failed with all that it takes to try again, does not try it unasked, and retry mends it', async () => {
    manifest([3, 5]);
    const first = await run('r');
    assert.deepEqual([first.written, first.failed], [UTTERANCES - 2, 2]);
    const second = await run('r');
    assert.deepEqual([second.pulled, second.present], [0, UTTERANCES]);
    const failed = async () => (await verifyTable('out')).errors.map(({ source }) => source);
    assert.deepEqual(await failed(), ['u3', 'u5']);

    rmSync(folder('all.jsonl')); // the folder itself tells what it takes
    cpSync(recording, folder('later-3.flac'));
    const retry = () => start(['retry', 'out', '--quiet'], { cwd: folder('r') }).ended;
    const again = await retry();
    assert.equal(again.status, 3, again.stderr);
    assert.deepEqual(await failed(), ['u5']);
    cpSync(recording, folder('later-5.flac'));
    assert.equal((await retry()).status, 0);
    assert.deepEqual(await failed(), []);
    const { faults, rows } = await verifyTable('out');
    assert.deepEqual([faults, rows], [[], UTTERANCES]);
    assert.match((await retry()).stderr, /nothing of out is to be tried again/);

    // The same rows as if nothing had failed, but for the names of the files.
    manifest();
    await run('whole');
    const { status, stdout } = await diglot('diff', folder('r', 'out'), folder('whole', 'out'));
    assert.equal(status, 1);
    assert.match(stdout, /u3 {2}origin\.path\nu5 {2}origin\.path\n24 rows and 24: 22 same, 2 changed/);
  });

  it('stops cleanly on a full disk, names the disk, and goes on when there is room (needs root, to mount one)', async function () {
    const disk = folder('disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return this.skip();
    }
    try {
      manifest();
      await run('whole');
      const full = await run('disk');
      assert.equal(full.outcome, 'failed');
      assert.equal(full.failure?.name, 'StorageError');
      assert.match(full.failure.message, /the disk is full.*It is the disk at .*disk, with 0 MB free\.$/);
      assert.ok(full.parts.length > 0);
      assert.deepEqual((await verifyTable('out')).faults, []);
      execFileSync('mount', ['-o', 'remount,size=4m', disk]);
      const rest = await run('disk');
      assert.deepEqual([rest.outcome, rest.written + rest.present], ['done', UTTERANCES]);
      assert.equal(
        rest.present,
        full.parts.reduce((sum, { rows }) => sum + rows, 0),
      );
      assert.ok((await sortedBytes('whole')).equals(await sortedBytes('disk')));
    } finally {
      process.chdir(home);
      execFileSync('umount', [disk]);
    }
  });

  it('is told by verify: what is sound, what is missing, and what is not as it was committed', async () => {
    manifest();
    await run('v', { index: 0, count: 2 });
    const half = await diglot('verify', 'out', '--manifest', '../all.jsonl');
    assert.equal(half.status, 1);
    assert.match(half.stdout, /sound\n\d+ ids missing\n {2}u\d+\n/);
    await run('v');
    const whole = await diglot('verify', 'out', '--manifest', '../all.jsonl');
    assert.deepEqual([whole.status, whole.stderr], [0, '']);
    assert.match(whole.stdout, /24 rows of kind log-mel in \d+ parts.*sound\nnothing is missing\n$/);
    assert.equal((await diglot('verify', '..')).status, 2);
  });

  it('refuses rows of other options, and a shard that is none', async () => {
    manifest();
    await run('other');
    const other = await spawnRun('other', '--bands', '128').ended;
    assert.equal(other.status, 2);
    assert.match(other.stderr, /nodes\.mel\.with\.bands is 80 there and 128 here/);
    for (const shard of ['3/3', 'a/2']) assert.equal((await spawnRun('other', `--shard=${shard}`).ended).status, 2);
  });

  it('is compared by diff: which texts changed, unit by unit, and by how much', async () => {
    const speech = fileURLToPath(new URL('../../fixtures/audio/mandarin-look-in-front.wav', import.meta.url));
    const decode = (to: string, script: string) =>
      diglot('transcribe', speech, '--arrow', to, '--language', 'zh', '--window', 'fit', '--script', script);
    assert.equal((await decode(folder('a.arrow'), 'simplified')).status, 0);
    assert.equal((await decode(folder('b.arrow'), 'traditional')).status, 0);
    assert.equal((await diglot('diff', folder('a.arrow'), folder('a.arrow'))).status, 0);
    const { status, stdout } = await diglot('diff', folder('a.arrow'), folder('b.arrow'));
    assert.equal(status, 1);
    assert.match(stdout, /mandarin-look-in-front\.wav {2}\d units? of \d+, mean log-probability -\d/);
    assert.match(stdout, /\nA .*什 么.*\nB .*什 麼.*\n +.*S/);
    assert.match(stdout, /1 row and 1: 0 same, 1 changed/);
  });
});
