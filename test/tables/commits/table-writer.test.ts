import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { AnyRecord, Waveform } from '../../../src/records.ts';
import { arrowFiles } from '../../../src/tables/arrow-files.ts';
import { cleanTable } from '../../../src/tables/commits/clean-table.ts';
import { readLog } from '../../../src/tables/commits/commit-log.ts';
import { declareFacts } from '../../../src/tables/commits/table-facts.ts';
import {
  openTableWriter,
  type TableWriter,
  type TableWriterOptions,
} from '../../../src/tables/commits/table-writer.ts';
import { verifyTable } from '../../../src/tables/commits/verify-table.ts';
import { readRecords } from '../../../src/tables/reader.ts';
import { tableOf } from '../../../src/tables/record-tables.ts';
import { folderPerTest } from '../../support/folder-per-test.ts';
import { utterance } from '../../support/plans.ts';

const table = tableOf('utterance')!;
const waveforms = tableOf('waveform')!;
const facts = { format: 'diglot-table-1', kind: 'utterance', version: '0', recipe: { a: 1 }, models: {} } as const;

describe('a folder of committed parts', () => {
  const folder = folderPerTest();

  async function open(rows: number, more: Partial<TableWriterOptions> = {}): Promise<TableWriter> {
    await declareFacts(folder('t'), facts);
    const limits = { rows, bytes: Infinity, seconds: Infinity };
    return openTableWriter(folder('t'), {
      provenance: new Map(),
      rowsPerBatch: 100,
      limits,
      replaces: false,
      now: () => 0,
      ...more,
    });
  }

  async function rowsIn(path: string): Promise<AnyRecord[]> {
    const rows: AnyRecord[] = [];
    for (const file of await arrowFiles(path)) for await (const row of readRecords(file)) rows.push(row as AnyRecord);
    return rows;
  }

  it('has every row once, whoever writes what beside whom', async function () {
    this.timeout(60_000);
    const work = fc.array(fc.shuffledSubarray(Array.from({ length: 12 }, (_, at) => `u${at}`)), {
      minLength: 1,
      maxLength: 5,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(work, fc.integer({ min: 1, max: 5 }), async (writers, rows) => {
        run += 1;
        const place = folder(`race-${run}`);
        await declareFacts(place, facts);
        const limits = { rows, bytes: Infinity, seconds: Infinity };
        const options = { provenance: new Map(), rowsPerBatch: 2, limits, replaces: false, now: () => 0 };
        const leftOut = await Promise.all(
          writers.map(async (ids) => {
            const writer = await openTableWriter(place, options);
            for (const id of ids) await writer.append(utterance(id), table);
            await writer.flush(null);
            return writer.leftOut;
          }),
        );
        const wanted = [...new Set(writers.flat())].sort();
        if (wanted.length === 0) return;
        const found = (await rowsIn(place)).map(({ id }) => id);
        assert.deepEqual(found.toSorted(), wanted);
        const doubles = writers.flat().length - wanted.length;
        assert.equal(
          leftOut.reduce((sum, count) => sum + count, 0),
          doubles,
          'each row that lost is told',
        );
        const check = await verifyTable(place);
        assert.deepEqual([check.faults, check.leftovers, check.rows], [[], [], wanted.length]);
        const files = readdirSync(place).filter((name) => name.endsWith('.arrow'));
        assert.equal(files.length, check.parts, 'whoever reads all *.arrow reads what is committed');
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the pieces of a recording in one part, and leaves out half a recording when the run is stopped', async () => {
    await declareFacts(folder('t'), { ...facts, kind: 'waveform' });
    const piece = (recording: string, index: number, count: number): Waveform => ({
      kind: 'waveform',
      id: `${recording}#${index}`,
      origin: {
        path: 'a.wav',
        start: 0,
        duration: 1,
        reference: null,
        speaker: null,
        piece: { recording, index, count },
      },
      samples: new Float32Array(2),
      sampleRate: 16_000,
    });
    const limits = { rows: 2, bytes: Infinity, seconds: Infinity };
    const options = { provenance: new Map(), rowsPerBatch: 1, limits, replaces: false, now: () => 0 };
    const writer = await openTableWriter(folder('t'), options);
    for (const [recording, count] of [
      ['a', 1],
      ['b', 3],
      ['c', 1],
    ] as const) {
      for (let index = 0; index < count; index += 1) await writer.append(piece(recording, index, count), waveforms);
    }
    await writer.append(piece('d', 0, 2), waveforms);
    await writer.close();
    const log = await readLog(folder('t'));
    assert.deepEqual(
      log.map(({ ids }) => ids),
      [['a#0', 'b#0', 'b#1', 'b#2'], ['c#0']],
    );
    assert.deepEqual(
      log.map(({ sources }) => sources),
      [['a', 'b'], ['c']],
    );
    const again = await openTableWriter(folder('t'), options);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((id) => again.hasSource(id)),
      [true, true, true, false],
    );
  });

  it('commits after so many seconds, when the next row comes', async () => {
    let now = 0;
    const writer = await open(100, { limits: { rows: 100, bytes: Infinity, seconds: 60 }, now: () => now });
    await writer.append(utterance('a'), table);
    now = 59;
    await writer.append(utterance('b'), table);
    assert.equal((await readLog(folder('t'))).length, 0);
    now = 60;
    const parts = await writer.append(utterance('c'), table);
    assert.deepEqual(
      parts?.map(({ rows }) => rows),
      [2],
    );
  });

  it('reads a part whose writer died before it got its name, and clean gives it the name', async () => {
    const writer = await open(1);
    await writer.append(utterance('a'), table);
    const [record] = await readLog(folder('t'));
    renameSync(folder('t', record!.part), folder('t', record!.pending));
    assert.deepEqual(
      (await rowsIn(folder('t'))).map(({ id }) => id),
      ['a'],
    );
    assert.equal((await open(1)).hasSource('a'), true);
    assert.deepEqual((await cleanTable(folder('t'), 0)).named, [folder('t', record!.part)]);
    assert.deepEqual((await verifyTable(folder('t'))).leftovers, []);
  });

  it('clean removes what dead processes left, and nothing of those that live', async () => {
    const writer = await open(2);
    await writer.append(utterance('a'), table);
    const [own] = readdirSync(folder('t')).filter((name) => name.endsWith('.tmp'));
    const dead = own!.replace(`.${process.pid}-`, '.4194305-');
    const elsewhere = own!.replace(/arrow\.[^.]+\./, 'arrow.another-machine.');
    for (const name of [dead, elsewhere]) writeFileSync(folder('t', name), 'half');
    const cleaned = await cleanTable(folder('t'), 3600);
    assert.deepEqual(cleaned.removed, [folder('t', dead)]);
    assert.deepEqual(cleaned.kept.toSorted(), [own!, elsewhere].map((name) => folder('t', name)).toSorted());
    assert.deepEqual((await cleanTable(folder('t'), 0)).removed, [folder('t', elsewhere)]);
    await writer.append(utterance('b'), table);
    assert.equal((await rowsIn(folder('t'))).length, 2);
  });

  it('refuses rows that are made otherwise, and says what differs', async () => {
    await open(1);
    await assert.rejects(declareFacts(folder('t'), { ...facts, recipe: { a: 2, b: [1] } }), {
      code: 'other-recipe',
      message: /: a is 1 there and 2 here; b is nothing there and \[1\] here/,
    });
    await assert.rejects(
      declareFacts(folder('t'), { ...facts, models: { base: 'f00' } }),
      /models\.base is nothing there/,
    );
  });

  it('verify finds a changed byte, a missing part, a gap in the log, a row twice and a foreign file', async () => {
    const writer = await open(1);
    for (const id of ['a', 'b', 'c']) await writer.append(utterance(id), table);
    const faults = async () => (await verifyTable(folder('t'))).faults;
    assert.deepEqual(await faults(), []);

    const log = await readLog(folder('t'));
    const path = folder('t', log[1]!.part);
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[changed.length - 20]! ^= 1;
    writeFileSync(path, changed);
    assert.match((await faults()).join(), /sha256 differs/);
    writeFileSync(path, whole.subarray(8));
    assert.match((await faults()).join(), /bytes and its record says/);
    writeFileSync(path, whole);

    writeFileSync(folder('t', 'part-000009-00000000.arrow'), whole);
    assert.match((await faults()).join(), /part-000009-00000000\.arrow is not in the log/);

    const again = { ...log[1]!, part: 'part-000009-00000000.arrow' };
    writeFileSync(folder('t', 'commits', '000003.json'), JSON.stringify(again));
    assert.match((await faults()).join(), /has b again/);

    renameSync(folder('t', 'commits', '000001.json'), folder('aside.json'));
    await assert.rejects(faults(), { code: 'commit-log', message: /000001\.json is missing/ });
    renameSync(folder('aside.json'), folder('t', 'commits', '000001.json'));
    renameSync(path, folder('aside.arrow'));
    await assert.rejects(faults(), { code: 'part-missing' });
  });
});
