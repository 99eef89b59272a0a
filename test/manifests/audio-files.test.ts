import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { audioFilesUnder, filesMatching, isPattern } from '../../src/manifests/audio-files.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('audio files by folder and pattern', () => {
  const names = [
    'b.wav',
    'a.FLAC',
    'notes.txt',
    '.hidden.wav',
    'B/c.mp3',
    'B/.git/d.wav',
    'B/deep/e.opus',
    'C [1]/f.wav',
    'C [1]/g{x}.wav',
  ];
  const folder = temporaryFolder(Object.fromEntries(names.map((name) => [name, ''])));
  symlinkSync('..', join(folder, 'B', 'up'));
  symlinkSync(join(folder, 'C [1]'), join(folder, 'link'));

  const matching = async (pattern: string) =>
    (await filesMatching(join(folder, pattern))).map((path) => path.slice(folder.length + 1));

  it('are all that lie under a folder, in code-unit order, links followed once, hidden ones left out', async () => {
    const found = (await audioFilesUnder(folder)).map((path) => path.slice(folder.length + 1));
    assert.deepEqual(found, [
      'B/c.mp3',
      'B/deep/e.opus',
      'C [1]/f.wav',
      'C [1]/g{x}.wav',
      'a.FLAC',
      'b.wav',
      'link/f.wav',
      'link/g{x}.wav',
    ]);
  });

  it('are those that a pattern matches', async () => {
    assert.deepEqual(await matching('*.wav'), ['b.wav']);
    assert.deepEqual(await matching('?.*'), ['a.FLAC', 'b.wav']);
    assert.deepEqual(await matching('[!a].wav'), ['b.wav']);
    assert.deepEqual(await matching('[a-b].{wav,FLAC}'), ['a.FLAC', 'b.wav']);
    assert.deepEqual(await matching('B/**/*.{mp3,opus}'), ['B/c.mp3', 'B/deep/e.opus']);
    assert.deepEqual(await matching('**/e.opus'), ['B/deep/e.opus']);
    assert.deepEqual(await matching('.*'), ['.hidden.wav']);
    assert.deepEqual(await matching('B/*/e.opus'), ['B/deep/e.opus']);
    assert.deepEqual(await matching('nowhere/*'), []);
    assert.deepEqual(await matching('link/**'), ['link/f.wav', 'link/g{x}.wav']);
  });

  it('are found relative to the working folder, as they were asked for', async () => {
    assert.deepEqual(await filesMatching('fixtures/audio/cs_y*.wav'), ['fixtures/audio/cs_yesterday_zh_en.wav']);
  });

  it('refuse a pattern with alternatives without end', async () => {
    await assert.rejects(
      filesMatching('{a,b}'.repeat(12)),
      (error) => error instanceof UsageError && error.code === 'pattern',
    );
  });

  it('tell a pattern from a path', () => {
    assert.ok(isPattern('a/*.wav') && isPattern('a?') && isPattern('{a,b}') && !isPattern('a/b.wav'));
  });
});
