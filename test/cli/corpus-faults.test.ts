import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { verifyTable } from '../../src/tables/commits/verify-table.ts';
import { convertTable } from '../../src/tables/convert-table.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { start } from './command-line.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const pipeline = pathOf('pipelines/corpus.json');
const recording = pathOf('../../fixtures/audio/english-jfk.flac');

describe('a corpus in which something goes wrong', function () {
  this.timeout(120_000);
  const folder = folderPerTest();

  function manifest(count: number, pathOfLine: (at: number) => string = () => recording): void {
    const line = (at: number) => ({ id: `u${at}`, path: pathOfLine(at), start: (at % 24) * 0.4, duration: 0.3 });
    writeFileSync(
      folder('all.jsonl'),
      Array.from({ length: count }, (_, at) => `${JSON.stringify(line(at))}\n`).join(''),
    );
  }
  const diglot = (...args: string[]) => start(args, { cwd: folder('') }).ended;
  const run = (...more: string[]) =>
    diglot('run', pipeline, '--manifest', 'all.jsonl', '--out', 'out', '--quiet', ...more);

  it('of which more fails than onError.maxRate allows stops, keeps what was committed and told, and goes on when mended', async () => {
    manifest(40, (at) => (at < 12 ? recording : folder('later.flac')));
    const { status, stderr } = await run('--set', 'nodes.audio.onError.maxRate=0.2');
    assert.equal(status, 1);
    assert.match(stderr, /more than onError\.maxRate 0\.2 allows/);
    const stopped = await verifyTable(folder('out'));
    assert.deepEqual([stopped.faults, stopped.leftovers], [[], []]);
    assert.ok(stopped.rows > 0 && stopped.rows <= 12, `${stopped.rows} rows`);
    assert.ok(stopped.errors.length > 0 && stopped.errors.every(({ code }) => code === 'file-missing'));
    cpSync(recording, folder('later.flac'));
    assert.equal((await run()).status, 0);
    assert.equal((await diglot('retry', 'out', '--quiet')).status, 0);
    const { faults, rows, errors } = await verifyTable(folder('out'));
    assert.deepEqual([faults, rows, errors], [[], 40, []]);
  });

  it('whose operators come from a plugin is tried again when the plugin is named, and never runs code that a table names', async () => {
    manifest(8);
    writeFileSync(folder('broken'), '');
    symlinkSync(pathOf('../../node_modules'), folder('node_modules'));
    cpSync(pathOf('pipelines/refuse.json'), folder('refuse.json'));
    const source = readFileSync(pathOf('pipelines/refusing.ts'), 'utf8');
    writeFileSync(folder('refusing.ts'), source.replaceAll("'../../../src", `'${pathOf('../../src')}`));
    const first = await diglot('run', 'refuse.json', '--manifest', 'all.jsonl', '--out', 'out', '--quiet');
    assert.equal(first.status, 3, first.stderr);
    const without = await diglot('retry', 'out', '--quiet');
    assert.equal(without.status, 2);
    assert.match(without.stderr, /refuse-while/);
    const still = await diglot('retry', 'out', '--quiet', '--plugin', 'refusing.ts');
    assert.equal(still.status, 3, still.stderr);
    rmSync(folder('broken'));
    const again = await diglot('retry', 'out', '--quiet', '--plugin', 'refusing.ts');
    assert.equal(again.status, 0, again.stderr);
    const { faults, rows, errors } = await verifyTable(folder('out'));
    assert.deepEqual([faults, rows, errors], [[], 8, []]);
  });

  it('stops by name where the folder may not be written to any more, and goes on when it may', async () => {
    manifest(300);
    mkdirSync(folder('out'));
    chmodSync(folder(''), 0o777);
    // Nothing is forbidden to root.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
    if (user !== null) chownSync(folder('out'), user.uid, user.gid);
    const args = ['run', pipeline, '--manifest', 'all.jsonl', '--out', 'out', '--quiet'];
    const running = start(args, { cwd: folder(''), ...user });
    let isOver = false;
    const ended = running.ended.finally(() => (isOver = true));
    while (!existsSync(folder('out/commits/000001.json')) && !isOver) await sleep(2);
    for (const place of ['out', 'out/commits']) chmodSync(folder(place), 0o500);
    const { status, stderr } = await ended;
    assert.equal(status, 1, stderr);
    assert.match(stderr, /out\S*: permission is denied; choose another place, or change the permissions/);
    for (const place of ['out', 'out/commits']) chmodSync(folder(place), 0o700);
    assert.equal((await run()).status, 0);
    const { faults, rows } = await verifyTable(folder('out'));
    assert.deepEqual([faults, rows], [[], 300]);
  });

  it('that is empty is a table without rows, which convert gives as Parquet and Arrow with its columns', async () => {
    manifest(0);
    assert.equal((await run()).status, 0);
    const database = await (await DuckDBInstance.create()).connect();
    for (const sort of [false, true]) {
      for (const name of ['none.parquet', 'none.arrow']) {
        assert.equal((await convertTable(folder('out'), folder(name), { sort })).rows, 0);
      }
      const described = await database.runAndReadAll(`SELECT * FROM '${folder('none.parquet')}'`);
      assert.equal(described.currentRowCount, 0);
      assert.ok(described.columnNames().includes('id') && described.columnNames().length > 5);
    }
  });
});
