import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Float64, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import type { RecordBase } from '../../src/records.ts';
import { explainArrow } from '../../src/tables/explain.ts';
import { inferTable } from '../../src/tables/infer-table.ts';
import { openPart } from '../../src/tables/part-writer.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import { mutate, mutation } from '../audio/mutations.ts';
import { recordsByKind } from '../support/records.ts';

const runs = Number(process.env.DIGLOT_FUZZ_RUNS ?? 300);

describe('broken Arrow files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'diglot-'));
  const path = join(folder, 'broken.arrow');
  const sound: Uint8Array[] = [];

  before(async () => {
    const plugin = { kind: 'pitch', id: 'a', hertz: [1, 2], contour: new Float64Array(3), deep: { x: true, y: null } };
    const samples: (readonly RecordBase[])[] = Object.values(recordsByKind).map((arbitrary) =>
      fc.sample(arbitrary as fc.Arbitrary<RecordBase>, { numRuns: 6, seed: 1 }),
    );
    for (const records of [...samples, [plugin, plugin]]) {
      const [first] = records as [RecordBase];
      const part = await openPart(path, tableOf(first.kind) ?? inferTable(first), new Map(), 4);
      for (const record of records) await part.append(record);
      await part.commit();
      sound.push(readFileSync(path));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function readAll(): Promise<RecordBase[]> {
    const records: RecordBase[] = [];
    for await (const record of readRecords(path)) records.push(record);
    return records;
  }

  async function assertNamed(work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => {
      assert.ok(error instanceof UsageError, `not a UsageError: ${String((error as Error).stack)}`);
      assert.ok(error.message.includes(path), `does not name the file: ${error.message}`);
      assert.ok(error.message.length < 500, error.message);
    });
  }

  it('of any damage are refused by name, or give sound records', async function () {
    this.timeout(0);
    await fc.assert(
      fc.asyncProperty(fc.nat(), mutation, async (which, change) => {
        writeFileSync(path, mutate(sound[which % sound.length] as Uint8Array, change));
        await assertNamed(explainArrow(path));
        await assertNamed(readAll().then((records) => records.forEach(assertSound)));
      }),
      { numRuns: runs },
    );
  });

  it('that are cut off anywhere are refused', async () => {
    const [whole] = sound as [Uint8Array];
    for (let length = 0; length < whole.length; length += 97) {
      writeFileSync(path, whole.subarray(0, length));
      await assert.rejects(readAll(), { name: 'UsageError', code: 'arrow-file', message: /cut off/ });
    }
    // The end mark alone tells a whole file from one whose writer was killed between two batches.
    writeFileSync(path, whole.subarray(0, whole.length - 8));
    await assert.rejects(readAll(), { code: 'arrow-file', message: /cut off/ });
  });

  it('of other programs are refused with what to do', async () => {
    const foreign = new Table({ x: vectorFromArray([1], new Float64()) });
    writeFileSync(path, tableToIPC(foreign, 'stream'));
    await assert.rejects(readAll(), { code: 'arrow-kind', message: /broken\.arrow .*write-arrow/ });
    await assert.rejects(explainArrow(path), { code: 'arrow-kind' });
    writeFileSync(path, tableToIPC(foreign, 'file'));
    // apache-arrow writes the schema of this form behind the batches, where a reader that streams comes too late.
    await assert.rejects(readAll(), { code: 'arrow-file', message: /a batch before its schema/ });
    writeFileSync(path, 'PAR1 and so on, for long enough');
    await assert.rejects(readAll(), { code: 'arrow-file', message: /Parquet/ });
    writeFileSync(path, '{"audio_filepath": "a.wav"}\n');
    await assert.rejects(readAll(), { code: 'arrow-file', message: /no message at byte 0/ });
    await assert.rejects(explainArrow(join(folder, 'absent.arrow')), { code: 'arrow-file', message: /does not exist/ });
  });
});

/** No number in it is NaN or infinite, and matrices have the size that they say. */
function assertSound(value: unknown): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value));
  else if (ArrayBuffer.isView(value)) for (const each of value as Float32Array) assert.ok(Number.isFinite(each));
  else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) assertSound(each);
    if ('bands' in value && 'frames' in value && 'values' in value) {
      assert.equal((value.values as Float32Array).length, (value.bands as number) * (value.frames as number));
    }
  }
}
