import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { lastValueFrom, of, toArray } from 'rxjs';
import { decodeAudio } from '../../src/audio/decode.ts';
import { writeWav } from '../../src/audio/write-wav.ts';
import { RecordError, UsageError } from '../../src/errors.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import type { Utterance } from '../../src/records.ts';
import { rejection } from '../audio/refusal.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { quietContext } from '../support/quiet-context.ts';

const utterance = (path: string, change: Partial<Utterance> = {}): Utterance => ({
  kind: 'utterance',
  id: 'a',
  path,
  start: 0,
  duration: null,
  reference: '你好 hello',
  language: 'zh-en',
  speaker: 's1',
  ...change,
});

/** Thousandths, so that every sample says where it stood. */
const numbered = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);

describe('read-audio', () => {
  const inFolder = folderPerTest();
  const read = (record: Utterance, options: Parameters<typeof readAudio>[0] = {}) =>
    lastValueFrom(of(record).pipe(readAudio(options)));
  const write = (name: string, channels: Float32Array[], rate = 1000): string => {
    writeFileSync(inFolder(name), writeWav(channels, rate, 'float32'));
    return inFolder(name);
  };

  it('turns an utterance into a waveform and keeps where it came from', async () => {
    const path = 'fixtures/formats/rise.flac';
    const { channels } = await decodeAudio(new Uint8Array(readFileSync(path)), path);
    assert.deepEqual(await read(utterance(path)), {
      kind: 'waveform',
      id: 'a',
      origin: { path, start: 0, duration: 0.5, reference: '你好 hello', speaker: 's1', piece: null },
      samples: channels[0],
      sampleRate: 16_000,
    });
  });

  it('makes an error of a file that is written to while it is read', async () => {
    const path = inFolder('growing.wav');
    // So large that the file system is asked more than once.
    writeFileSync(path, Buffer.alloc(64 << 20));
    let isOver = false;
    const reading = read(utterance(path)).finally(() => (isOver = true));
    const failed = assert.rejects(
      reading,
      (error) => error instanceof RecordError && error.code === 'file-changed' && /try again when/.test(error.message),
    );
    while (!isOver) {
      appendFileSync(path, 'x');
      await new Promise(setImmediate);
    }
    await failed;
  });

  it('cuts pieces to the sample', async () => {
    const path = write('a.wav', [numbered]);
    const { samples, origin } = await read(utterance(path, { start: 0.1, duration: 0.25 }));
    assert.deepEqual(samples, numbered.slice(100, 350));
    assert.deepEqual([origin.start, origin.duration], [0.1, 0.25]);
    assert.deepEqual((await read(utterance(path, { start: 0.9 }))).samples, numbered.slice(900));
    // 3 * 0.1 is a little more than 0.3 in binary.
    assert.deepEqual(
      (await read(utterance(path, { start: 3 * 0.1, duration: 0.1 }))).samples,
      numbered.slice(300, 400),
    );
  });

  it('lets a piece end 20 ms behind the file, as rounded manifests do, and no more', async () => {
    const path = write('a.wav', [numbered]);
    assert.equal((await read(utterance(path, { start: 0.5, duration: 0.52 }))).samples.length, 500);
    for (const [start, duration] of [
      [0.5, 0.521],
      [1, null],
      [1.5, 0.1],
      [-0.1, 0.5],
      [0.5, 0],
      [NaN, null],
    ] as const) {
      const message = await rejection(read(utterance(path, { start, duration })), 'outside-file');
      assert.match(message, /a\.wav: lasts 1\.000 s and the utterance is from .* correct the manifest/);
    }
  });

  it('mixes channels, or takes the one that is asked for', async () => {
    const path = write('a.wav', [numbered, numbered.map((value) => -value), numbered]);
    assert.deepEqual((await read(utterance(path), { channel: 2 })).samples, numbered);
    const { samples } = await read(utterance(path));
    for (const [i, value] of samples.entries()) assert.ok(Math.abs(value - (numbered[i] ?? 9) / 3) < 1e-7);
    assert.match(
      await rejection(read(utterance(path), { channel: 3 }), 'no-such-channel'),
      /has 3 channels and "channel" of "read-audio" is 3/,
    );
  });

  it('says what is wrong with a path', async () => {
    assert.match(
      await rejection(read(utterance(inFolder('none.wav'))), 'file-missing'),
      /none\.wav: there is no such file; check the path/,
    );
    assert.match(await rejection(read(utterance(inFolder('.'))), 'not-a-file'), /not a regular file/);
    assert.match(await rejection(read(utterance(`${write('a.wav', [numbered])}/b.wav`)), 'file-missing'), /b\.wav/);
  });

  it('does not wait for a pipe', async function () {
    if (process.platform === 'win32') this.skip();
    execFileSync('mkfifo', [inFolder('pipe.wav')]);
    await rejection(read(utterance(inFolder('pipe.wav'))), 'not-a-file');
  });

  it('reports a file that may not be read', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    const path = write('a.wav', [numbered]);
    chmodSync(path, 0);
    assert.match(await rejection(read(utterance(path)), 'file-unreadable'), /permissions/);
  });

  it('refuses long and damaged files, and keeps the rest of these when told to', async () => {
    const path = write('a.wav', [numbered]);
    await rejection(read(utterance(path), { maxSeconds: 0.9 }), 'too-long');
    writeFileSync(path, readFileSync(path).subarray(0, -400));
    await rejection(read(utterance(path)), 'truncated-data');
    assert.deepEqual((await read(utterance(path), { damaged: 'keep' })).samples, numbered.slice(0, 900));
  });

  it('decodes a recording once for all of its pieces, as far as the memory given goes', async () => {
    const pieces = (path: string) => of(...[0.1, 0.2, 0.3].map((start) => utterance(path, { start, duration: 0.1 })));
    /** Whether the pieces behind the first are still read after the file is gone. */
    const outlives = async (cacheBytes: number): Promise<boolean> => {
      const path = write('a.wav', [numbered]);
      const running = await readAudio.behaviour(readAudio.description.options.parse({ cacheBytes }), quietContext);
      const call = { signal: quietContext.signal };
      await running(utterance(path, { start: 0.1, duration: 0.1 }), call);
      rmSync(path);
      return Promise.resolve(running(utterance(path, { start: 0.2, duration: 0.1 }), call)).then(
        () => true,
        () => false,
      );
    };
    assert.equal((await lastValueFrom(pieces(write('a.wav', [numbered])).pipe(readAudio(), toArray()))).length, 3);
    assert.equal(await outlives(4000), true);
    assert.equal(await outlives(3999), false);
  });

  it('knows no other options', () => {
    assert.throws(() => readAudio({ channel: -1 }), UsageError);
    assert.throws(() => readAudio({ maxSeconds: 0 }), UsageError);
    // @ts-expect-error an unknown option does not compile either
    assert.throws(() => readAudio({ mono: true }), UsageError);
  });
});
