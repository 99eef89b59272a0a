import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Float64, Int64, RecordBatchStreamWriter, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { RecordError } from '../../src/errors.ts';
import type { Columns, Entry } from '../../src/manifests/fields.ts';
import { readManifestEntries, type Format } from '../../src/manifests/find-manifests.ts';
import type { Utterance } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';

async function entriesOf(path: string, format: Format, columns: Columns = {}): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readManifestEntries({ path, format, bytes: 0 }, { root: null, within: null, columns }))
    entries.push(entry);
  return entries;
}

/** Reads a manifest with this text; utterances with their paths from the manifest's folder, errors as code and place. */
async function read(text: string | Uint8Array, format: Format, columns: Columns = {}): Promise<unknown[]> {
  const folder = temporaryFolder({ manifest: text });
  return told(await entriesOf(join(folder, 'manifest'), format, columns), folder);
}

function told(entries: readonly Entry[], folder: string): unknown[] {
  return entries.map((entry) =>
    entry instanceof RecordError
      ? `${entry.code} at ${entry.id?.replace(`${folder}/`, '')}`
      : { ...entry, path: entry.path.replace(`${folder}/`, '') },
  );
}

function utterance(fields: Partial<Utterance> & { id: string; path: string }): Utterance {
  return { kind: 'utterance', start: 0, duration: null, reference: null, language: null, speaker: null, ...fields };
}

describe('JSON-lines manifests', () => {
  it('are read as NeMo writes them', async () => {
    const text = [
      '{"audio_filepath": "a.wav", "duration": 3.2, "text": "你好 world", "lang": "zh"}',
      '{"audio_filepath": "long.wav", "duration": 2.5, "offset": 12.25, "text": "", "speaker": "s1"}',
      '',
      '{"audio_filepath": "long.wav", "duration": 2.5, "offset": 0}',
    ].join('\n');
    assert.deepEqual(await read(text, 'jsonl'), [
      utterance({ id: 'a.wav', path: 'a.wav', duration: 3.2, reference: '你好 world', language: 'zh' }),
      utterance({ id: 'long.wav#12.25', path: 'long.wav', start: 12.25, duration: 2.5, reference: '', speaker: 's1' }),
      utterance({ id: 'long.wav', path: 'long.wav', duration: 2.5 }),
    ]);
  });

  it('are read as FunASR writes them', async () => {
    const text =
      '{"key": "BAC009S0764W0121", "text_language": "<|zh|>", "emo_target": "<|NEUTRAL|>", "target": "甚至出现交易几乎停滞的情况", "source": "data/BAC009S0764W0121.wav", "target_len": 13, "source_len": 420}\r\n';
    assert.deepEqual(await read(text, 'jsonl'), [
      utterance({
        id: 'BAC009S0764W0121',
        path: 'data/BAC009S0764W0121.wav',
        reference: '甚至出现交易几乎停滞的情况',
        language: 'zh',
      }),
    ]);
  });

  it('are read as WeNet writes them', async () => {
    const text =
      '{"key": "u1", "wav": "x.wav", "txt": "今天 meeting", "start": 1.5, "end": 4}\n{"key": 7, "wav": "y.wav", "txt": "好"}';
    assert.deepEqual(await read(text, 'jsonl'), [
      utterance({ id: 'u1', path: 'x.wav', start: 1.5, duration: 2.5, reference: '今天 meeting' }),
      utterance({ id: '7', path: 'y.wav', reference: '好' }),
    ]);
  });

  it('give an error row for each line that cannot be used, and go on', async () => {
    const text = [
      '{"audio_filepath": "a.wav"',
      '[1, 2]',
      'null',
      '{"text": "no audio"}',
      '{"audio_filepath": {"bytes": 1}}',
      '{"audio_filepath": "a.wav", "duration": "soon"}',
      '{"audio_filepath": "a.wav", "duration": -1}',
      '{"audio_filepath": "a.wav", "duration": 0}',
      '{"audio_filepath": "a.wav", "offset": 1e999}',
      '{"audio_filepath": "a.wav", "start": 3, "end": 2}',
      '{"audio_filepath": "a.wav", "id": "a\\nb"}',
      '{"audio_filepath": "fine.wav", "duration": "1.5"}',
    ].join('\n');
    assert.deepEqual(await read(text, 'jsonl'), [
      ...Array.from({ length: 11 }, (_, i) => `manifest-line at manifest:${i + 1}`),
      utterance({ id: 'fine.wav', path: 'fine.wav', duration: 1.5 }),
    ]);
  });

  it('say file, line and field in their errors', async () => {
    const folder = temporaryFolder({
      'm.jsonl': '{"audio_filepath": "a.wav"}\n{"audio_filepath": "b.wav", "offset": "x"}',
    });
    const [, error] = await entriesOf(join(folder, 'm.jsonl'), 'jsonl');
    assert.ok(error instanceof RecordError);
    assert.match(error.message, /m\.jsonl:2: start: /);
  });

  it('are read by other names when these are said', async () => {
    const text = '{"clip": "a.wav", "text": "hello", "zh": "你好", "prototype": 1}';
    const columns = { path: 'clip', text: 'zh' };
    assert.deepEqual(await read(text, 'jsonl', columns), [
      utterance({ id: 'a.wav', path: 'a.wav', reference: '你好' }),
    ]);
  });

  it('may begin with a byte order mark, and are refused line by line where they are not UTF-8', async () => {
    const good = '{"audio_filepath": "a.wav"}\n';
    const bad = Buffer.from('{"audio_filepath": "b.wav", "text": "\xc4\xe3"}\n', 'latin1');
    const bytes = Buffer.concat([Buffer.from(`\uFEFF${good}`), bad, Buffer.from(good)]);
    const fine = utterance({ id: 'a.wav', path: 'a.wav' });
    assert.deepEqual(await read(bytes, 'jsonl'), [fine, 'encoding at manifest:2', fine]);
  });

  it('pass over a line of more than a mebibyte without keeping it', async () => {
    const text = `{"audio_filepath": "${'a'.repeat(3 << 20)}"}\n{"audio_filepath": "b.wav"}`;
    assert.deepEqual(await read(text, 'jsonl'), [
      'line-too-long at manifest:1',
      utterance({ id: 'b.wav', path: 'b.wav' }),
    ]);
  });
});

describe('tables as text', () => {
  it('are CSV as RFC 4180 has it', async () => {
    const text =
      'id,path,text,duration,notes\r\n1,a.wav,"he said ""你好"", twice",1.5,\r\n2,b.wav,"two\r\nlines",,x\r\n3,c.wav,,,""\r\n';
    assert.deepEqual(await read(text, 'csv'), [
      utterance({ id: '1', path: 'a.wav', duration: 1.5, reference: 'he said "你好", twice' }),
      utterance({ id: '2', path: 'b.wav', reference: 'two\nlines' }),
      utterance({ id: '3', path: 'c.wav' }),
    ]);
  });

  it('are TSV as Common Voice writes it, where a quote is a character', async () => {
    const text = 'client_id\tpath\tsentence\tlocale\nabc\tcommon_voice_1.mp3\t"Hello," she said\ten\n';
    assert.deepEqual(await read(text, 'tsv'), [
      utterance({
        id: 'common_voice_1.mp3',
        path: 'common_voice_1.mp3',
        reference: '"Hello," she said',
        language: 'en',
        speaker: 'abc',
      }),
    ]);
  });

  it('lose only the line whose quote is never closed', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `u${i},${i}.wav`);
    rows[5] = 'u5,"5.wav';
    rows[7] = 'u7,"7.wav"x';
    rows[9] = 'u9,9.wav,more';
    const entries = await read(`id,path\n${rows.join('\n')}\n`, 'csv');
    assert.equal(entries.length, 300);
    for (const [i, entry] of entries.entries()) {
      const broken = i === 5 || i === 7 || i === 9;
      assert.deepEqual(
        entry,
        broken ? `manifest-line at manifest:${i + 2}` : utterance({ id: `u${i}`, path: `${i}.wav` }),
      );
    }
  });

  it('end with one error row when no column says where the audio is', async () => {
    assert.deepEqual(await read('id,words\n1,a\n2,b\n', 'csv'), ['manifest-header at manifest:1']);
    assert.deepEqual(await read('id,words\n1,a.wav\n', 'csv', { path: 'words' }), [
      utterance({ id: '1', path: 'a.wav' }),
    ]);
  });
});

describe('Kaldi data folders', () => {
  const files = {
    'wav.scp': 'rec1 wav/rec1.wav\nrec2 flac -c -d -s rec2.flac |\nrec3  wav/with space.wav \n',
    text: 'rec1 你好 world\nutt2 second one\nutt4\n',
    utt2spk: 'rec1 alice\nutt2 bob\n',
    utt2lang: 'rec1 zh-en\n',
  };

  it('give whole recordings where there are no segments, and never run a command', async () => {
    const folder = temporaryFolder(files);
    assert.deepEqual(told(await entriesOf(folder, 'kaldi'), folder), [
      utterance({ id: 'rec1', path: 'wav/rec1.wav', reference: '你好 world', speaker: 'alice', language: 'zh-en' }),
      'path-command at wav.scp:2',
      utterance({ id: 'rec3', path: 'wav/with space.wav' }),
    ]);
  });

  it('give the segments where there are', async () => {
    const segments =
      'utt1 rec1 0 1.5\nutt2 rec1 1.5 4\nutt3 rec2 0 1\nutt4 rec3 2 -1\nutt5 rec9 0 1\nutt6 rec1 0\nutt7 rec1 2 1\n';
    const folder = temporaryFolder({ ...files, segments });
    assert.deepEqual(told(await entriesOf(folder, 'kaldi'), folder), [
      utterance({ id: 'utt1', path: 'wav/rec1.wav', duration: 1.5 }),
      utterance({
        id: 'utt2',
        path: 'wav/rec1.wav',
        start: 1.5,
        duration: 2.5,
        reference: 'second one',
        speaker: 'bob',
      }),
      'path-command at segments:3',
      utterance({ id: 'utt4', path: 'wav/with space.wav', start: 2, reference: '' }),
      'manifest-line at segments:5',
      'manifest-line at segments:6',
      'manifest-line at segments:7',
    ]);
  });
});

describe('Arrow manifests', () => {
  const table = new Table({
    id: vectorFromArray(['u1', 'u2', null], new Utf8()),
    path: vectorFromArray(['a.wav', 'b.wav', 'c.wav'], new Utf8()),
    start: vectorFromArray([0, 1.5, null], new Float64()),
    duration: vectorFromArray([2n, 3n, null], new Int64()),
    text: vectorFromArray(['你好', '', null], new Utf8()),
  });
  const expected = [
    utterance({ id: 'u1', path: 'a.wav', duration: 2, reference: '你好' }),
    utterance({ id: 'u2', path: 'b.wav', start: 1.5, duration: 3, reference: '' }),
    utterance({ id: 'c.wav', path: 'c.wav' }),
  ];

  it('are read in the form of a stream, over several batches', async () => {
    const writer = new RecordBatchStreamWriter();
    writer.write(table.batches[0]);
    writer.write(table.batches[0]);
    writer.finish();
    assert.deepEqual(await read(await writer.toUint8Array(), 'arrow'), [...expected, ...expected]);
  });

  it('are read as pyarrow writes them, as stream and as file', async () => {
    for (const form of ['stream', 'file']) {
      assert.deepEqual(
        told(await entriesOf(`fixtures/manifests/pyarrow-${form}.arrow`, 'arrow'), 'fixtures/manifests'),
        [
          utterance({ id: 'u1', path: 'a.wav', duration: 2, reference: '你好', language: 'zh' }),
          utterance({ id: 'u2', path: 'b.wav', duration: 3, language: 'en' }),
        ],
      );
    }
  });

  it('end with an error row where they are cut short or hold no audio path', async () => {
    const bytes = await RecordBatchStreamWriter.writeAll(table).toUint8Array();
    const folder = temporaryFolder();
    for (const length of [0, 4, 100, bytes.length - 100]) {
      writeFileSync(join(folder, 'cut.arrow'), bytes.subarray(0, length));
      const entries = told(await entriesOf(join(folder, 'cut.arrow'), 'arrow'), folder);
      assert.ok(entries.length === 0 || entries.at(-1) === 'manifest-broken at cut.arrow', `${length} bytes`);
    }
    const other = new Table({ words: vectorFromArray(['a'], new Utf8()) });
    const without = await RecordBatchStreamWriter.writeAll(other).toUint8Array();
    assert.deepEqual(await read(without, 'arrow'), ['manifest-header at manifest']);
  });
});
