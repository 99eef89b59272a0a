import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lastValueFrom, toArray } from 'rxjs';
import { RecordError } from '../../src/errors.ts';
import type { Entry } from '../../src/manifests/fields.ts';
import { parquetTable, readParquetAudio } from '../../src/manifests/parquet-table.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import type { Utterance } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';

/** Written by pyarrow, two rows a row group (fixtures/README.md): tones of 200, 300 and 400 Hz at 8 kHz. */
const written = ['fixtures/manifests/hugging-face.parquet', 'fixtures/manifests/hugging-face-zstd.parquet'];

describe('Parquet files with audio inside', () => {
  const folder = folderPerTest();

  async function entries(path: string): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const entry of parquetTable(path, { root: '.', within: '.', columns: {} })) found.push(entry);
    return found;
  }

  for (const path of written) {
    it(`are utterances with texts, speakers and lengths, read to the samples that pyarrow was given (${path})`, async () => {
      const found = (await entries(path)) as Utterance[];
      assert.deepEqual(
        found.map(({ id, path: audio, reference, speaker, duration }) => [id, audio, reference, speaker, duration]),
        [0, 1, 2].map((row) => [
          `${path}/${row}`,
          `${path}/${row}`,
          ['你好 hello', 'eat 牛肉麵', null][row],
          ['s1', 's2', 's1'][row],
          [0.1, 0.2, 0.15][row],
        ]),
      );
      const waveforms = await lastValueFrom(readManifest({ paths: [path] }).pipe(readAudio(), toArray()));
      waveforms.forEach(({ samples, sampleRate }, row) => {
        assert.equal(sampleRate, 8000);
        assert.equal(samples.length, [800, 1600, 1200][row]);
        samples.forEach((sample, at) => {
          const tone = Math.trunc(8000 * Math.sin((2 * Math.PI * (200 + 100 * row) * at) / 8000)) / 32768;
          assert.ok(Math.abs(sample - tone) < 1.01 / 32768, `row ${row}, sample ${at}`);
        });
      });
    });
  }

  it('have rows of different names in different folders, when a folder above them is named', async () => {
    const paths = ['zh', 'en'].map((name) => {
      mkdirSync(folder(name));
      copyFileSync(written[0]!, folder(`${name}/train.parquet`));
      return folder(`${name}/train.parquet`);
    });
    const idsFrom = async (root: string | null): Promise<string[]> =>
      (await lastValueFrom(readManifest({ paths, root }).pipe(toArray()))).map(({ id }) => id);
    const rows = (name: string) => [0, 1, 2].map((row) => `${name}/train.parquet/${row}`);
    assert.deepEqual(await idsFrom(folder('.')), [...rows('zh'), ...rows('en')]);
    await assert.rejects(
      idsFrom(null),
      (error) => error instanceof RecordError && /train.parquet\/0 is there more than once.*root/.test(error.message),
    );
  });

  it('say what is wrong with a broken file, and which row is not there', async () => {
    const [path] = written as [string];
    writeFileSync(folder('cut.parquet'), readFileSync(path).subarray(0, 5000));
    const [fault] = await entries(folder('cut.parquet'));
    assert.ok(fault instanceof RecordError && fault.code === 'manifest-broken');
    copyFileSync(path, folder('whole.parquet'));
    await assert.rejects(readParquetAudio(folder('whole.parquet'), 3), RecordError);
    await assert.rejects(readParquetAudio(folder('none.parquet'), 0), RecordError);
  });
});
