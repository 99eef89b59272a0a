import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { RecordError } from '../../src/errors.ts';
import { readTarMember, tarMembers } from '../../src/manifests/tar.ts';
import { tarShard } from '../../src/manifests/tar-shards.ts';
import type { Entry } from '../../src/manifests/fields.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import type { Utterance, Waveform } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';

const clip = readFileSync('fixtures/audio/mandarin-look-in-front.wav');

describe('tar shards', () => {
  const folder = folderPerTest();

  /** Packs files with the tar of the system, in the order in which they are given. */
  function shard(files: Readonly<Record<string, string | Buffer>>, format = 'pax'): string {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(folder('files', name)), { recursive: true });
      writeFileSync(folder('files', name), content);
    }
    const path = folder('shard-000.tar');
    execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', folder('files'), ...Object.keys(files)]);
    return path;
  }
  async function entries(path: string): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const entry of tarShard(path, { root: '/elsewhere', within: '/elsewhere', columns: {} }))
      found.push(entry);
    return found;
  }

  for (const format of ['ustar', 'gnu', 'pax']) {
    it(`give back names and bytes that tar wrote, long and foreign names too (${format})`, async () => {
      const long = `${'folder-with-a-name/'.repeat(6)}牛肉麵.txt`;
      const files = { 'a.txt': 'one', [long]: 'two 二', empty: '', 'b.bin': Buffer.alloc(1500, 7) };
      const path = shard(files, format);
      const names: string[] = [];
      for await (const { name, bytes } of tarMembers(path)) {
        names.push(name);
        assert.deepEqual(Buffer.from(await readTarMember(path, name)), Buffer.from(files[name]!));
        assert.equal(bytes, Buffer.byteLength(files[name]!));
      }
      assert.deepEqual(names, Object.keys(files));
    });
  }

  it('are utterances by WebDataset’s names: members alike up to the first dot, text and fields beside the audio', async () => {
    const path = shard({
      LICENCE: 'free',
      'train/000.wav': clip,
      'train/000.txt': '看一下前面有什么东西\n',
      'train/001.json': JSON.stringify({
        id: 'named',
        text: 'look',
        speaker: 's1',
        duration: 2.5,
        path: '/etc/passwd',
      }),
      'train/001.seg.wav': clip,
      'train/002.flac': clip,
      'train/003.txt': 'nothing to hear',
    });
    const found = (await entries(path)) as Utterance[];
    assert.deepEqual(
      found.map(({ id, path: audio, reference, speaker, duration }) => [id, audio, reference, speaker, duration]),
      [
        ['train/000', `${path}/train/000.wav`, '看一下前面有什么东西', null, null],
        ['named', `${path}/train/001.seg.wav`, 'look', 's1', 2.5],
        ['train/002', `${path}/train/002.flac`, null, null, null],
      ],
    );
  });

  it('are read through the graph’s operators to the samples of the files themselves', async () => {
    const path = shard({
      '000.wav': clip,
      '000.txt': '看',
      '001.json': '{"start": 0.5, "duration": 0.25}',
      '001.wav': clip,
    });
    const read = await lastValueFrom(readManifest({ paths: [path] }).pipe(readAudio(), toArray()));
    const [whole] = await lastValueFrom(
      from<Utterance[]>([
        {
          kind: 'utterance',
          id: 'x',
          path: 'fixtures/audio/mandarin-look-in-front.wav',
          start: 0,
          duration: null,
          reference: null,
          language: null,
          speaker: null,
        },
      ]).pipe(readAudio(), toArray()),
    );
    assert.deepEqual(read[0]!.samples, whole!.samples);
    assert.deepEqual(
      (read[1] as Waveform).samples,
      whole!.samples.slice(0.5 * whole!.sampleRate, 0.75 * whole!.sampleRate),
    );
  });

  it('give what comes before a fault, and then the fault', async () => {
    const path = shard({ '000.wav': clip, '001.wav': clip });
    truncateSync(path, Math.floor(1.5 * clip.length));
    const [one, fault] = await entries(path);
    assert.equal((one as Utterance | RecordError) instanceof RecordError, true);
    assert.match((one as RecordError).message, /cut off/);
    assert.equal((fault as Utterance).id, '000');
    writeFileSync(folder('packed.tar'), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 1)]));
    const [packed] = await entries(folder('packed.tar'));
    assert.match((packed as RecordError).message, /is compressed; unpack it/);
    await assert.rejects(readTarMember(path, 'none.wav'), RecordError);
  });

  it('make a row of an utterance whose fields cannot be read', async () => {
    const found = await entries(shard({ '000.json': '[1]', '000.wav': clip, '001.wav': clip }));
    assert.ok(found[0] instanceof RecordError && /not an object/.test(found[0].message));
    assert.equal((found[1] as Utterance).id, '001');
  });
});
