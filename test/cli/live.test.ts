/** `diglot live` as a user starts it, on the embedded model. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { readRecording } from '../../src/audio/recordings.ts';
import type { FinalText } from '../../src/records.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { diglot, start } from './command-line.ts';

const talk = 'fixtures/audio/cs_yesterday_zh_en.wav';
const recording = (path: string) => readRecording(path, { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 0 });

describe('diglot live', function () {
  this.timeout(300_000);
  const folder = folderPerTest();
  const files = (): string[] => ['--out', folder('s.arrow'), '--wav', folder('s.wav'), '--srt', folder('s.srt')];

  it('leaves files that can be read when it is killed (SIGKILL)', async () => {
    const { child } = start(['live', '--file', talk, '--device', 'cpu', ...files()]);
    const bytes = (name: string): number => (existsSync(folder(name)) ? readFileSync(folder(name)).length : 0);
    // Until there is something to be lost: a cue, and more than a second of audio behind it.
    while (bytes('s.srt') === 0 && child.exitCode === null) await sleep(20);
    const before = bytes('s.wav');
    while (bytes('s.wav') < before + 32_000 && child.exitCode === null) await sleep(20);
    const heard = bytes('s.wav');
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(child.signalCode, 'SIGKILL');

    const [{ samples: kept }, { samples: whole }] = [await recording(folder('s.wav')), await recording(talk)];
    assert.ok(kept.length >= (heard - 44) / 2 - 16_000, 'more than the last second of audio is lost');
    assert.deepEqual(kept, whole.slice(0, kept.length));
    const rows: FinalText[] = [];
    for await (const row of readRecords(folder('s.arrow'))) rows.push(row as FinalText);
    assert.ok(rows.length > 0 && rows.every(({ kind }) => kind === 'final'));
    const subtitles = readFileSync(folder('s.srt'), 'utf8');
    assert.match(subtitles, /^(\d+\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n.+\n\n)+$/);
    for (const { text } of rows) assert.ok(subtitles.includes(text.trim()), text);
  });

  it('ends on Ctrl-C with the words that were said', async () => {
    const { child, says, ended } = start(['live', '--file', talk, '--device', 'cpu', ...files()]);
    await says(/Yesterday/i);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    assert.equal(status, 0, stderr);
    assert.match(stdout, /yesterday/i);
    assert.match(stderr, /= \d+ written \+ 0 failed/);
    assert.ok(readFileSync(folder('s.srt'), 'utf8').includes('esterday'));
  });

  it('names what is wrong before it listens', async () => {
    const { status, stderr } = await diglot('live', '--file', folder('none.wav'));
    assert.equal(status, 2);
    assert.match(stderr, /none\.wav: there is no such file/);
  });
});
