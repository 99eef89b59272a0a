import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { from, lastValueFrom, toArray } from 'rxjs';
import { startGraph } from '../../src/graphs/run.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type { AnyRecord, ErrorRow, Waveform } from '../../src/records.ts';
import { arrowFiles } from '../../src/tables/arrow-files.ts';
import { explainArrow } from '../../src/tables/explain.ts';
import { fileFault } from '../../src/tables/file-fault.ts';
import { modelHash } from '../../src/tables/provenance.ts';
import { countRows, readMetadata, readRecords } from '../../src/tables/reader.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { openGather } from '../support/open-gather.ts';
import { planOf, sourceOf, utterance, utterances } from '../support/plans.ts';

describe('write-arrow', () => {
  const folder = folderPerTest();

  async function idsIn(path: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of readRecords(path)) ids.push(id);
    return ids;
  }

  it('shows a file only when it is whole', async () => {
    const gather = await openGather(writeArrow, { path: folder('deep', 'out.arrow'), rowsPerBatch: 2 });
    for (const record of utterances(5)) assert.deepEqual(await gather.add(record), []);
    assert.deepEqual(
      readdirSync(folder('deep')).filter((name) => !name.endsWith('.tmp')),
      [],
    );
    const [part] = await gather.flush();
    const bytes = readFileSync(folder('deep', 'out.arrow')).length;
    assert.deepEqual(part, {
      kind: 'part',
      id: folder('deep', 'out.arrow'),
      path: folder('deep', 'out.arrow'),
      rows: 5,
      bytes,
    });
    await gather.close();
    assert.deepEqual(readdirSync(folder('deep')), ['out.arrow']);
    assert.deepEqual(await idsIn(folder('deep', 'out.arrow')), ['0', '1', '2', '3', '4']);
  });

  it('leaves nothing behind when the run is stopped', async () => {
    const gather = await openGather(writeArrow, { path: folder('out.arrow'), rowsPerBatch: 2 });
    for (const record of utterances(5)) await gather.add(record);
    await gather.close();
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('leaves no half file when it is killed', () => {
    const script = `
      import { writeArrow } from ${JSON.stringify(new URL('../../src/operators/write-arrow.ts', import.meta.url).href)};
      const row = { kind: 'utterance', id: 'a', path: 'a.wav', start: 0, duration: null, reference: null, language: null, speaker: null };
      writeArrow({ path: ${JSON.stringify(folder('out.arrow'))}, rowsPerBatch: 1 })(new (await import('rxjs')).Observable((to) => {
        to.next(row);
        to.next(row);
        setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
      })).forEach(() => undefined);`;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    assert.throws(
      () => execFileSync(process.execPath, ['--import', tsx, '--input-type=module', '-e', script], { stdio: 'pipe' }),
      { signal: 'SIGKILL' },
    );
    const [left, ...others] = readdirSync(folder());
    assert.match(left ?? '', /^\.out\.arrow\..*\.tmp$/);
    assert.deepEqual(others, []);
  });

  it('writes the same bytes for the same rows, in whatever order the facts of the run came', async () => {
    const written: Buffer[] = [];
    for (const facts of [
      ['model b', 'model a'],
      ['model a', 'model b'],
    ]) {
      const gather = await openGather(writeArrow, { path: folder('out.arrow') });
      for (const name of facts) gather.provenance.set(modelHash(name), 'f00');
      for (const record of utterances(100)) await gather.add(record);
      await gather.flush();
      await gather.close();
      written.push(readFileSync(folder('out.arrow')));
    }
    assert.ok(written[0]?.equals(written[1] as Buffer));
    assert.equal((await readMetadata(folder('out.arrow'))).get(modelHash('model a')), 'f00');
  });

  it('replaces an Arrow file of diglot, and nothing else unless it may', async () => {
    const path = folder('out.arrow');
    for (const count of [3, 2]) await lastValueFrom(from(utterances(count)).pipe(writeArrow({ path })));
    assert.equal(await countRows(path), 2);

    writeFileSync(path, 'my notes');
    await assert.rejects(openGather(writeArrow, { path }), { code: 'output-exists', message: /overwrite: true/ });
    assert.equal(readFileSync(path, 'utf8'), 'my notes');
    await lastValueFrom(from(utterances(1)).pipe(writeArrow({ path, overwrite: true })));
    assert.equal(await countRows(path), 1);

    mkdirSync(folder('folder.arrow'));
    await assert.rejects(openGather(writeArrow, { path: folder('folder.arrow'), overwrite: true }), {
      code: 'output-exists',
    });
  });

  it('writes a folder in parts of so many rows', async () => {
    const path = folder('parts');
    const parts = await lastValueFrom(from(utterances(7)).pipe(writeArrow({ path, rowsPerPart: 3 }), toArray()));
    assert.deepEqual(
      parts.map(({ rows }) => rows),
      [3, 3, 1],
    );
    assert.deepEqual(await idsIn(parts[1]!.path), ['3', '4', '5']);
    assert.deepEqual(
      parts.map((part) => part.path),
      await arrowFiles(path),
    );
  });

  it('adds to a folder what it does not have, and replaces it only when told to', async () => {
    const path = folder('parts');
    await lastValueFrom(from(utterances(3)).pipe(writeArrow({ path })));
    const again = await openGather(writeArrow, { path });
    for (const record of utterances(5)) await again.add(record);
    const [part] = await again.flush();
    await again.close();
    assert.equal(part?.kind === 'part' && part.rows, 2);
    assert.match(again.notes.join(), /holds 3 rows already.*3 rows were left out/);
    assert.deepEqual((await Promise.all((await arrowFiles(path)).map(idsIn))).flat(), ['0', '1', '2', '3', '4']);

    await lastValueFrom(from(utterances(1)).pipe(writeArrow({ path, overwrite: true })));
    assert.deepEqual((await Promise.all((await arrowFiles(path)).map(idsIn))).flat(), ['0']);
    assert.equal(readdirSync(path).filter((name) => name.endsWith('.arrow')).length, 1);
  });

  it('refuses a folder with parts that are not in a log', async () => {
    mkdirSync(folder('parts'));
    writeFileSync(folder('parts', 'part-00000.arrow'), '');
    await assert.rejects(openGather(writeArrow, { path: folder('parts') }), {
      code: 'output-exists',
      message: /1 part and no log/,
    });
  });

  it('writes a folder in parts of so many bytes, and keeps those that were committed when the run is stopped', async () => {
    const origin = { path: 'a.wav', start: 0, duration: 1, reference: null, speaker: null, piece: null };
    const second: Waveform = {
      kind: 'waveform',
      id: 'a',
      origin,
      samples: new Float32Array(16_000),
      sampleRate: 16_000,
    };
    const gather = await openGather(writeArrow, { path: folder('parts'), megabytesPerPart: 0.15 });
    const given: AnyRecord[] = [];
    for (let index = 0; index < 7; index += 1) given.push(...(await gather.add({ ...second, id: `${index}` })));
    await gather.close();
    assert.deepEqual(
      given.map((part) => part.kind === 'part' && part.rows),
      [3, 3],
    );
    // What the open part held is committed too: its rows are as good as any.
    assert.deepEqual(await Promise.all((await arrowFiles(folder('parts'))).map(countRows)), [3, 3, 1]);
    assert.match(gather.notes.join(), /1 rows more were committed/);
  });

  it('writes an empty table where no row came, unless it is asked not to', async () => {
    const options = { path: folder('none.arrow') };
    const empty = await openGather(writeArrow, options, 'hypothesis');
    assert.equal((await empty.flush()).length, 1);
    await empty.close();
    assert.deepEqual(await idsIn(options.path), []);
    assert.match(await explainArrow(options.path), /kind +hypothesis\nrows +0 in 0 batches/);

    const unknown = await openGather(writeArrow, { path: folder('unknown.arrow') });
    assert.deepEqual(await unknown.flush(), []);
    assert.match(unknown.notes.join(), /unknown\.arrow was not written: no record came/);
    await unknown.close();

    const optional = await openGather(writeArrow, { path: folder('optional.arrow'), ifAny: true }, 'error');
    assert.deepEqual(await optional.flush(), []);
    await optional.close();
    assert.deepEqual(readdirSync(folder()), ['none.arrow']);

    const row: ErrorRow = {
      kind: 'error',
      id: 'a',
      node: 'n',
      code: 'c',
      message: 'm',
      attempt: 1,
      path: null,
      source: 'a',
      utterance: null,
    };
    await lastValueFrom(from([row]).pipe(writeArrow({ path: folder('optional.arrow'), ifAny: true })));
    assert.equal(await countRows(folder('optional.arrow')), 1);
  });

  it('does not leave the rows of an earlier run where this one has none', async () => {
    const row: ErrorRow = {
      kind: 'error',
      id: 'a',
      node: 'n',
      code: 'c',
      message: 'm',
      attempt: 1,
      path: null,
      source: 'a',
      utterance: null,
    };
    const options = { path: folder('errors.arrow'), ifAny: true };
    await lastValueFrom(from([row]).pipe(writeArrow(options)));
    const stopped = await openGather(writeArrow, options, 'error');
    await stopped.close();
    assert.deepEqual(readdirSync(folder()), ['errors.arrow']);
    const empty = await openGather(writeArrow, options, 'error');
    assert.deepEqual(await empty.flush(), []);
    await empty.close();
    assert.match(empty.notes.join(), /errors\.arrow of an earlier run was removed/);
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('refuses rows of two kinds, and batches', async () => {
    const row: ErrorRow = {
      kind: 'error',
      id: 'a',
      node: 'n',
      code: 'c',
      message: 'm',
      attempt: 1,
      path: null,
      source: 'a',
      utterance: null,
    };
    const mixed = await openGather(writeArrow, { path: folder('out.arrow') });
    await mixed.add(utterance('a'));
    await assert.rejects(mixed.add(row), { code: 'mixed-kinds', message: /utterance.*error/ });
    await mixed.close();
    const batch = { kind: 'batch', id: 'a', records: [utterance('a')] } as const;
    await assert.rejects(lastValueFrom(from([batch]).pipe(writeArrow({ path: folder('out.arrow') }))), {
      code: 'mixed-kinds',
    });
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('makes an error of the one record that does not fit, and keeps the others', async () => {
    const origin = { path: 'a.wav', start: 0, duration: 1, reference: null, speaker: null, piece: null };
    const samples = (last: number): Waveform => ({
      kind: 'waveform',
      id: `to ${last}`,
      origin,
      samples: Float32Array.of(0, last),
      sampleRate: 16_000,
    });
    const gather = await openGather(writeArrow, { path: folder('out.arrow') });
    await gather.add(samples(0));
    const message = /waveform to NaN .*column samples needs finite numbers, and element 1 is NaN/;
    await assert.rejects(gather.add(samples(NaN)), { name: 'RecordError', code: 'unwritable', message });
    await gather.add(samples(1));
    await gather.flush();
    await gather.close();
    assert.deepEqual(await idsIn(folder('out.arrow')), ['to 0', 'to 1']);
  });

  it('refuses a place that cannot be written before the first record, by name', async () => {
    writeFileSync(folder('file'), '');
    await assert.rejects(openGather(writeArrow, { path: folder('file', 'out.arrow') }), {
      name: 'UsageError',
      code: 'output-file',
      message: `cannot write ${folder('file', 'out.arrow')}: a part of the path is a file and not a folder; choose another place.`,
    });
    assert.match(
      fileFault('cannot go on writing', 'out.arrow', { code: 'ENOSPC' }),
      /out\.arrow: the disk is full; make room/,
    );
  });

  it('refuses two nodes with one path, also where it is spelt otherwise', async () => {
    const first = await openGather(writeArrow, { path: folder('out.arrow') });
    const again = { path: folder('folder', '..', 'out.arrow') };
    await assert.rejects(openGather(writeArrow, again), { code: 'output-file', message: /Two nodes write/ });
    await first.close();
    await (await openGather(writeArrow, again)).close();
  });

  it('holds no lease: a run with four takes a thousand rows into one batch', async () => {
    const source = sourceOf(() => utterances(1000));
    const plan = planOf(
      { in: { op: source }, out: { op: writeArrow, from: 'in', with: { path: folder('out.arrow') } } },
      4,
    );
    const report = await startGraph(plan, { note: () => undefined }).finished;
    assert.deepEqual(report.imbalances, []);
    assert.equal(report.written, 1000);
    assert.deepEqual(
      report.parts.map(({ rows }) => rows),
      [1000],
    );
    assert.equal(await countRows(folder('out.arrow')), 1000);
    assert.ok(!existsSync(folder('out.arrow.tmp')));
  });
});
