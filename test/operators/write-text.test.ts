import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { from, lastValueFrom, toArray } from 'rxjs';
import { startGraph } from '../../src/graphs/run.ts';
import { writeText } from '../../src/operators/write-text.ts';
import type { Hypothesis, Piece, Segment } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { openGather } from '../support/open-gather.ts';
import { planOf, sourceOf } from '../support/plans.ts';

function segment(start: number, end: number, text: string): Segment {
  const sums = { averageLogProbability: -0.25, compressionRatio: 1.5, noSpeechProbability: 0.01 };
  return { start, end, text, tokens: [50364, 50414], tokenScores: [], seek: 0, temperature: 0, ...sums, words: null };
}

function hypothesis(
  path: string,
  texts: readonly string[],
  rest: Partial<Hypothesis> & { piece?: Piece } = {},
): Hypothesis {
  const { piece = null, ...others } = rest;
  const from = (piece?.index ?? 0) * 10;
  return {
    kind: 'hypothesis',
    id: path,
    origin: { path, start: from, duration: 10, reference: null, speaker: null, piece },
    model: 'base',
    language: 'en',
    languageProbability: null,
    languages: ['zh', 'en'],
    text: texts.join(''),
    segments: texts.map((text, index) => segment(from + index, from + index + 0.5, text)),
    languageSpans: [],
    guardedWindows: 0,
    nBest: null,
    ...others,
  };
}

const talk = hypothesis('talks/a.wav', [' Hello there.', ' 牛肉麵 is nice.']);
const other = hypothesis('talks/b.wav', ['你好']);

function piece(index: number, text: string, count = 3): Hypothesis {
  return hypothesis('long.wav', [text], { id: `long-${index}`, piece: { recording: 'long', index, count } });
}

describe('write-text', () => {
  const folder = folderPerTest();
  const content = (name: string) => readFileSync(folder(name), 'utf8');

  /** What goes to standard output meanwhile. @param hasRoom What the stream answers to every write. */
  async function capture(work: (said: string[]) => Promise<unknown>, hasRoom = true): Promise<string> {
    const said: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (chunk: string | Uint8Array) => {
      said.push(String(chunk));
      return hasRoom;
    };
    try {
      await work(said);
    } finally {
      process.stdout.write = write;
    }
    return said.join('');
  }

  function printed(records: readonly Hypothesis[], options: Parameters<typeof writeText>[0]): Promise<string> {
    return capture(() => lastValueFrom(from(records).pipe(writeText(options)), { defaultValue: null }));
  }

  it('prints a line for each segment of one recording', async () => {
    assert.equal(await printed([talk], {}), 'Hello there.\n牛肉麵 is nice.\n');
  });

  it('prints a line for each of several recordings, with the file in front', async () => {
    const lines = 'talks/a.wav\tHello there. 牛肉麵 is nice.\ntalks/b.wav\t你好\n';
    assert.equal(await printed([talk, other], { label: true }), lines);
  });

  it('prints JSON of a line for each recording: file, language, text, segments', async () => {
    const [first, second, ...more] = (await printed([talk, other], { format: 'json' })).split('\n');
    assert.deepEqual(more, ['']);
    const { file, language, text, segments } = JSON.parse(first ?? '') as Record<string, unknown>;
    assert.deepEqual([file, language, text], ['talks/a.wav', 'en', ' Hello there. 牛肉麵 is nice.']);
    assert.deepEqual((segments as unknown[])[1], {
      id: 1,
      seek: 0,
      start: 1,
      end: 1.5,
      text: ' 牛肉麵 is nice.',
      tokens: [50364, 50414],
      temperature: 0,
      avg_logprob: -0.25,
      compression_ratio: 1.5,
      no_speech_prob: 0.01,
    });
    assert.deepEqual(Object.keys(JSON.parse(second ?? '') as object), [
      'file',
      'language',
      'text',
      'segments',
      'language_spans',
    ]);
  });

  it('labels the lines of tables for several recordings', async () => {
    const table = 'file\tstart\tend\ttext\ntalks/b.wav\t0\t500\t你好\n';
    assert.equal(await printed([other], { format: 'tsv', label: true }), table);
  });

  it('waits for a slow reader before it takes the next record', async () => {
    await capture(async (said) => {
      const gather = await openGather(writeText, {});
      let taken = false;
      const adding = gather.add(talk).then(() => (taken = true));
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([said.length, taken], [1, false]);
      process.stdout.emit('drain');
      await adding;
      await gather.close();
    }, false);
  });

  it('writes all formats of a recording into a folder, named after its audio', async () => {
    const parts = await lastValueFrom(
      from([talk, other]).pipe(writeText({ out: folder('texts'), format: 'all' }), toArray()),
    );
    const names = ['a.json', 'a.srt', 'a.tsv', 'a.txt', 'a.vtt', 'b.json', 'b.srt', 'b.tsv', 'b.txt', 'b.vtt'];
    assert.deepEqual(readdirSync(folder('texts')).sort(), names);
    assert.deepEqual(
      parts.map(({ path }) => path).sort(),
      names.map((name) => folder('texts', name)),
    );
    assert.equal(content('texts/a.txt'), 'Hello there.\n牛肉麵 is nice.\n');
    assert.equal(content('texts/a.tsv'), 'start\tend\ttext\n0\t500\tHello there.\n1000\t1500\t牛肉麵 is nice.\n');
    assert.equal(content('texts/b.srt'), '1\n00:00:00,000 --> 00:00:00,500\n你好\n\n');
    assert.equal(content('texts/b.vtt'), 'WEBVTT\n\n00:00.000 --> 00:00.500\n你好\n\n');
    for (const { path, bytes } of parts) assert.equal(readFileSync(path).length, bytes);
  });

  it('writes one file for scoring: Kaldi sorted by id as the C locale has it, trn with the id in brackets', async () => {
    const records = ['b', 'a 1', '\u{10000}', '\uffff', 'B'].map((id) => hypothesis('x.wav', [' one', ' two'], { id }));
    for (const format of ['kaldi', 'trn'] as const) {
      await lastValueFrom(from(records).pipe(writeText({ out: folder(), format })));
    }
    assert.equal(content('text'), 'B one two\na_1 one two\nb one two\n\uffff one two\n\u{10000} one two\n');
    assert.equal(content('hyp.trn').split('\n')[1], 'one two (a_1)');
    const locale = { input: content('text'), env: { LC_ALL: 'C' } };
    assert.equal(spawnSync('sort', ['-k1,1'], { ...locale, encoding: 'utf8' }).stdout, content('text'));
  });

  it('does not let two recordings of one name overwrite each other, and says so', async () => {
    const again = [talk, hypothesis('others/A.wav', [' Other.']), hypothesis('more/a.mp3', [' More.'])];
    const gather = await openGather(writeText, { out: folder('texts') });
    for (const record of again) await gather.add(record);
    await gather.flush();
    assert.deepEqual(readdirSync(folder('texts')).sort(), ['A-2.txt', 'a-3.txt', 'a.txt']);
    assert.match(gather.notes.join(), /others\/A\.wav.*"A-2"/);
    await gather.close();
  });

  it('names files by utterance on request, never outside their folder', async () => {
    const ids = ['../../up', '/etc/passwd', '.hidden', 'a\nb', 'CON:x', ''];
    const records = ids.map((id) => hypothesis('a.wav', [' x'], { id }));
    await lastValueFrom(from(records).pipe(writeText({ out: folder('texts'), name: 'id' })));
    const names = ['_.txt', '_etc_passwd.txt', '_hidden.txt', '__.._up.txt', 'CON_x.txt', 'a_b.txt'];
    assert.deepEqual(readdirSync(folder('texts')).sort(), names.sort());
    assert.deepEqual(readdirSync(folder()), ['texts']);
  });

  it('puts the pieces of a recording together, in whatever order they come', async () => {
    const gather = await openGather(writeText, { out: folder(), format: 'all' });
    for (const record of [piece(2, '再見。'), talk, piece(0, ' Good morning')]) await gather.add(record);
    assert.ok(!readdirSync(folder()).includes('long.txt'));
    await gather.add(piece(1, 'to all'));
    assert.equal(content('long.txt'), 'Good morning\nto all\n再見。\n');
    assert.match(content('long.srt'), /^1\n00:00:00,000 .*\n\n2\n00:00:10,000 .*\n\n3\n00:00:20,000/s);
    assert.equal((JSON.parse(content('long.json')) as { text: string }).text, ' Good morning to all再見。');
    await gather.flush();
    await gather.close();
  });

  it('writes what there is of a recording with lost pieces at the end, and says so', async () => {
    const gather = await openGather(writeText, { out: folder() });
    for (const record of [piece(2, ' end'), piece(0, ' begin')]) await gather.add(record);
    const [part] = await gather.flush();
    assert.equal(part?.kind === 'part' && part.path, folder('long.txt'));
    assert.equal(content('long.txt'), 'begin\nend\n');
    assert.match(gather.notes.join(), /long: 2 of 3 pieces/);
    await gather.close();
  });

  it('holds no lease for pieces: a run with two takes many recordings that each lost a piece', async () => {
    const records = Array.from({ length: 50 }, (_, index) =>
      hypothesis(`${index}.wav`, [' x'], { piece: { recording: `r${index}`, index: 0, count: 2 } }),
    );
    const source = sourceOf(() => records);
    const plan = planOf({ in: { op: source }, out: { op: writeText, from: 'in', with: { out: folder() } } }, 2);
    const report = await startGraph(plan, { note: () => undefined }).finished;
    assert.deepEqual([report.written, report.parts.length, report.imbalances], [50, 50, []]);
  });

  it('refuses options that contradict each other', () => {
    assert.throws(() => writeText({ format: 'all' }), { code: 'options', message: /name a folder in "out"/ });
    assert.throws(() => writeText({ format: 'srt', label: true }), { code: 'options', message: /cannot share/ });
    assert.doesNotThrow(() => writeText({ format: 'srt', label: true, out: folder() }));
    assert.throws(() => writeText({ maxLineCount: 2 }), { code: 'options', message: /together with maxLineWidth/ });
  });

  it('makes an error of a hypothesis without the word times that an option needs', async () => {
    const gather = await openGather(writeText, { out: folder(), format: 'srt', highlightWords: true });
    await assert.rejects(gather.add(talk), {
      name: 'RecordError',
      code: 'no-word-times',
      message: /wordTimestamps: true/,
    });
    await gather.close();
  });

  it('refuses a folder that cannot be written before the first record', async () => {
    writeFileSync(folder('file'), '');
    await assert.rejects(openGather(writeText, { out: folder('file') }), {
      code: 'output-file',
      message: /is a file and not a folder/,
    });
  });
});
