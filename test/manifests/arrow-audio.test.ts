import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import {
  Binary,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Int64,
  LargeBinary,
  List,
  RecordBatchStreamWriter,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { lastValueFrom, take, toArray } from 'rxjs';
import { RecordError } from '../../src/errors.ts';
import { readArrowAudio } from '../../src/manifests/arrow-audio.ts';
import { arrowTable } from '../../src/manifests/arrow-table.ts';
import type { Entry } from '../../src/manifests/fields.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import type { Utterance } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';

/** Written by `datasets` of Hugging Face, two rows a batch (fixtures/README.md); the last row names a file. */
const written = 'fixtures/manifests/hugging-face.arrow';

describe('Arrow tables with audio inside', () => {
  const folder = folderPerTest();

  async function entries(path: string): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const entry of arrowTable(path, { root: 'clips', within: 'clips', columns: {} })) found.push(entry);
    return found;
  }

  it('are utterances with texts, speakers and lengths; a row without bytes is the file that it names', async () => {
    const found = (await entries(written)) as Utterance[];
    assert.deepEqual(
      found.map(({ id, path, reference, speaker, duration }) => [id, path, reference, speaker, duration]),
      [
        ['hugging-face.arrow/0', `${written}/0`, '你好 hello', 's1', 0.1],
        ['hugging-face.arrow/1', `${written}/1`, 'eat 牛肉麵', 's2', 0.2],
        ['two.wav', 'clips/two.wav', null, 's1', 0.15],
      ],
    );
  });

  it('are read to the samples that datasets was given', async () => {
    const rows = readManifest({ paths: [written], within: '/' }).pipe(take(2), readAudio(), toArray());
    const waveforms = await lastValueFrom(rows);
    assert.equal(waveforms.length, 2);
    waveforms.forEach(({ samples, sampleRate }, row) => {
      assert.equal(sampleRate, 8000);
      assert.equal(samples.length, [800, 1600][row]);
      samples.forEach((sample, at) => {
        const tone = Math.trunc(8000 * Math.sin((2 * Math.PI * (200 + 100 * row) * at) / 8000)) / 32768;
        assert.ok(Math.abs(sample - tone) < 1.01 / 32768, `row ${row}, sample ${at}`);
      });
    });
  });

  /** A column of any layout, with a value for every row. */
  const columns: readonly (readonly [DataType, (row: number) => unknown])[] = [
    [new Utf8(), (row) => 'x'.repeat(row)],
    [new Int64(), (row) => BigInt(row)],
    [new List(new Field('item', new Utf8())), (row) => Array.from({ length: row % 3 }, String)],
    [new FixedSizeList(2, new Field('item', new Float32())), (row) => [row, -row]],
    [
      new Struct([new Field('a', new Utf8()), new Field('b', new List(new Field('item', new Int64())))]),
      (row) => ({ a: `${row}`, b: [1n] }),
    ],
  ];

  /** The file form: a stream between magic words, with a footer that nothing here reads (apache-arrow writes another). */
  const framed = (stream: Uint8Array) =>
    Buffer.concat([Buffer.from('ARROW1\0\0'), stream, Buffer.from('footerARROW1')]);

  let made = 0;
  it('give the bytes of a row wherever the column stands, in streams and files, binary and large', async () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(columns.length - 1), { maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 3,
        }),
        async (before, isLarge, isFile, isLast, batches) => {
          const bytes = new Field('bytes', isLarge ? new LargeBinary() : new Binary(), true);
          const path = new Field('path', new Utf8(), true);
          const audio = new Struct<{ bytes: Binary; path: Utf8 }>((isLast ? [path, bytes] : [bytes, path]) as never);
          const tables = batches.map((rows) => {
            const others = before.map((kind, at) => {
              const [type, value] = columns[kind]!;
              return [
                `c${at}`,
                vectorFromArray(
                  rows.map((_, row) => value(row)),
                  type,
                ),
              ] as const;
            });
            const files = rows.map((one, row) => ({ bytes: one, path: `${row}.wav` }));
            return new Table({ ...Object.fromEntries(others), audio: vectorFromArray(files, audio) } as never);
          });
          const writer = new RecordBatchStreamWriter();
          writer.write(tables[0]!.concat(...tables.slice(1)));
          writer.finish();
          const name = folder(`made-${made++}.arrow`);
          writeFileSync(name, isFile ? framed(await writer.toUint8Array()) : await writer.toUint8Array());
          for (const [row, expected] of batches.flat().entries()) {
            if (expected.length === 0) await assert.rejects(readArrowAudio(name, row), /has no audio/);
            else assert.deepEqual([...(await readArrowAudio(name, row))], [...expected]);
          }
          const listed = (await entries(name)) as Utterance[];
          assert.equal(listed.length, batches.flat().length);
        },
      ),
      { numRuns: 40 },
    ));

  it('say which row is not there, and what is wrong with a broken or other file', async () => {
    await assert.rejects(readArrowAudio(written, 2), /row 2 has no audio/);
    await assert.rejects(readArrowAudio(written, 3), RecordError);
    await assert.rejects(readArrowAudio(folder('none.arrow'), 0), /there is no such file/);
    writeFileSync(folder('cut.arrow'), readFileSync(written).subarray(0, 3000));
    await assert.rejects(readArrowAudio(folder('cut.arrow'), 0), RecordError);
    const [fault] = await entries(folder('cut.arrow'));
    assert.ok(fault instanceof RecordError && fault.code === 'manifest-broken');
  });

  it('are read again when they have changed', async () => {
    copyFileSync(written, folder('grows.arrow'));
    const before = await readArrowAudio(folder('grows.arrow'), 1);
    appendFileSync(folder('grows.arrow'), 'x');
    await assert.rejects(readArrowAudio(folder('grows.arrow'), 1), /goes on behind its end mark/);
    copyFileSync(written, folder('grows.arrow'));
    assert.deepEqual(await readArrowAudio(folder('grows.arrow'), 1), before);
  });
});
