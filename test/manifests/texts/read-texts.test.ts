import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { RecordError, UsageError } from '../../../src/errors.ts';
import { pairTexts, tableOfTexts } from '../../../src/manifests/texts/pair-texts.ts';
import { hypothesisOf } from '../../../src/manifests/texts/plain-hypothesis.ts';
import { readTexts } from '../../../src/manifests/texts/read-texts.ts';
import type { Side } from '../../../src/manifests/texts/utterance-text.ts';
import type { Hypothesis } from '../../../src/records.ts';
import { openPart } from '../../../src/tables/part-writer.ts';
import { tableOf } from '../../../src/tables/record-tables.ts';
import { folderPerTest } from '../../support/folder-per-test.ts';
import { fuzzRuns, mutated } from '../../support/mutations.ts';

const pyarrow = fileURLToPath(new URL('../../../fixtures/manifests/pyarrow-stream.arrow', import.meta.url));

describe('readTexts', () => {
  const folder = folderPerTest();

  async function written(name: string, text: string | Uint8Array): Promise<string> {
    const path = join(folder(), name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** `id|text|speaker` of each text, and the messages of faults without their folder. */
  async function read(path: string, side: Side = 'reference'): Promise<string[]> {
    const found: string[] = [];
    for await (const entry of readTexts(path, side)) {
      found.push(entry instanceof RecordError ? entry.message : `${entry.id}|${entry.text}|${entry.speaker ?? ''}`);
    }
    return found.map((line) => line.replaceAll(`${folder()}/`, ''));
  }

  it('reads Kaldi text, with tabs or spaces, empty texts, and the speakers of utt2spk in a data folder', async () => {
    assert.deepEqual(await read(await written('dev.txt', 'u1 我 们 ok\nu2\t两 three \r\n\nu3\n')), [
      'u1|我 们 ok|',
      'u2|两 three|',
      'u3||',
    ]);
    await written('dev/utt2spk', 'u1 anna\n');
    await written('dev/text', 'u1 hello (sic)\n');
    assert.deepEqual(await read(join(folder(), 'dev')), ['u1|hello (sic)|anna']);
  });

  it('reads trn in both forms, by ending and by content, and says what a line lacks', async () => {
    const lines = ';; made by hand\nso do i (spk1-0012)\n我 ok\t(spk2-7)\n(empty_1)\n';
    const expected = ['spk1-0012|so do i|spk1', 'spk2-7|我 ok|spk2', 'empty_1||empty'];
    assert.deepEqual(await read(await written('a.trn', lines)), expected);
    assert.deepEqual(await read(await written('hyp', lines.replace(/^;;.*\n/, ''))), expected);
    assert.deepEqual(await read(await written('b.trn', 'no id\n')), [
      'b.trn:1: expected words and an utterance id in brackets at the end, as in "so do I (spk1-0012)".',
    ]);
  });

  it('joins stm and ctm in the order of time', async () => {
    const stm =
      'rec 1 spk 2.5 4 <o,f0> world\nrec 1 spk 0 2.5 hello\nrec 1 spk 4 5 ignore_time_segment_in_scoring\nrec B spk 0 1 other\n';
    assert.deepEqual(await read(await written('a.stm', stm)), ['rec|hello world|', 'rec-B|other|']);
    assert.deepEqual(
      await read(await written('a.ctm', 'rec A 1.5 0.3 world 0.9\nrec A 0.1 0.3 hello\nrec A x 1 b\n')),
      ['a.ctm:3: expected file, channel, start, duration and word, with times in seconds.', 'rec|hello world|'],
    );
  });

  it('reads JSON lines of NeMo, FunASR, WeNet and diglot, and takes each side from its own field', async () => {
    const lines = [
      { audio_filepath: 'a.wav', text: 'said', pred_text: 'heard' },
      { key: 'k', target: 'said' },
      { key: 'w', txt: 'said', speaker: 7 },
      { file: 'd.wav', language: 'en', text: 'said', segments: [] },
    ];
    const path = await written('a.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n')}\n[1]\n{"id": 1}\n`);
    const faults = (side: string) => [
      `a.jsonl:5: there is not an id and a ${side} text; ids are read from id, key, utt_id, utt, uttid, file and the ${side}`,
      `a.jsonl:6: there is not a ${side} text; ids are read from id, key, utt_id, utt, uttid, file and the ${side}`,
    ];
    const short = (found: string[]) => found.map((line) => line.replace(/ from (reference|hypothesis), .*$/, ''));
    assert.deepEqual(short(await read(path)), [
      'a.wav|said|',
      'k|said|',
      'w|said|7',
      'd.wav|said|',
      ...faults('reference'),
    ]);
    assert.equal((await read(path, 'hypothesis'))[0], 'a.wav|heard|');
  });

  it("reads a folder of openai-whisper's results, and one of plain texts, by the names of their files", async () => {
    await written('out/talk.json', JSON.stringify({ text: ' hello', segments: [], language: 'en' }, null, 2));
    assert.deepEqual(await read(join(folder(), 'out'), 'hypothesis'), ['talk| hello|']);
    await written('txt/a.txt', 'one\ntwo\n');
    assert.deepEqual(await read(join(folder(), 'txt')), ['a|one two|']);
  });

  it('reads CSV and TSV under a header, quoted or without one', async () => {
    assert.deepEqual(await read(await written('a.csv', 'path,sentence,client_id\na.wav,"one, ""two""",x\nb.wav\n')), [
      'a.wav|one, "two"|x',
      'a.csv:3: 1 fields where 3 are expected.',
    ]);
    assert.deepEqual(await read(await written('a.tsv', '17\t你好\n18\t再见\n')), ['17|你好|', '18|再见|']);
  });

  it('reads Arrow of its own, on either side, and of others', async () => {
    const text = (id: string, words: string) => ({ id, text: words, speaker: 'anna', place: '' });
    const whole = hypothesisOf(text('', 'heard'), text('u1', 'said'), ['zh', 'en']);
    const piece = (index: number, words: string) => ({
      ...hypothesisOf(text('', words), text(`rec#${index}`, ''), ['zh', 'en']),
      origin: { ...whole.origin, piece: { recording: 'rec', index, count: 2 } },
    });
    const table = async (name: string, rows: readonly Hypothesis[]): Promise<string> => {
      const part = await openPart(join(folder(), name), tableOf('hypothesis')!, new Map(), 100);
      for (const row of rows) await part.append(row);
      await part.commit();
      return part.path;
    };
    const path = await table('h.arrow', [piece(1, '世界'), whole, piece(0, '你好')]);
    assert.deepEqual(await read(path, 'hypothesis'), ['u1|heard|anna', 'rec|你好世界|anna']);
    assert.equal((await read(path))[1], 'u1|said|anna');
    assert.deepEqual(await read(await table('half.arrow', [piece(1, '世界')]), 'hypothesis'), [
      'half.arrow: rec was cut into 2 pieces, of which 1 are here; decode the rest.',
    ]);
    assert.equal((await read(pyarrow)).length, 2);
  });

  it('refuses what is not there, in one sentence', async () => {
    await assert.rejects(read('missing.trn'), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^cannot read missing\.trn: it does not exist/);
      return true;
    });
  });

  it('never crashes or hangs on a damaged file', async function () {
    this.timeout(600_000);
    const sound = [
      ['a.trn', Buffer.from('so do i (spk1-0012)\n我 ok\t(spk2-7)\n')],
      ['a.jsonl', Buffer.from('{"id": "a", "text": "我 ok"}\n{"id": "b", "text": "x"}\n')],
      ['a.csv', Buffer.from('id,text\na,"one, two"\nb,three\n')],
      ['a.stm', Buffer.from('rec 1 spk 2.5 4 <o> world\n')],
      ['plain', Buffer.from('u1 我 们\nu2 hello\n')],
      ['a.arrow', await readFile(pyarrow)],
    ] as const;
    for (const [name, bytes] of sound) {
      await fc.assert(
        fc.asyncProperty(mutated(bytes), async (file) => {
          try {
            await tableOfTexts(readTexts(await written(name, file), 'reference'));
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
          }
        }),
        { numRuns: Math.ceil(fuzzRuns / sound.length) },
      );
    }
  });

  describe('pairTexts', () => {
    const table = async (name: string, text: string) => tableOfTexts(readTexts(await written(name, text), 'reference'));

    it('counts a first text, tells of a second, and lists what is on one side only', async () => {
      const references = await table('ref', 'u1 a\nu2 b\nu1 c\n');
      assert.match(
        references.faults[0]!.message,
        /ref:3: u1 stands at .*ref:1 already, which counts; leave one out\.$/,
      );
      assert.equal(references.texts.get('u1')?.text, 'a');
      const hypotheses = await table('hyp.trn', 'x (u9)\na (u1)\n');
      const { pairs, withoutHypothesis, withoutReference, isByFileName } = pairTexts(
        references.texts,
        hypotheses.texts,
      );
      assert.deepEqual(
        [pairs.map(([{ id }]) => id), withoutHypothesis.map(({ id }) => id), withoutReference.map(({ id }) => id)],
        [['u1'], ['u2'], ['u9']],
      );
      assert.equal(isByFileName, false);
    });

    it('goes by the names of files where no id is on both sides, but by no name that stands twice', async () => {
      const references = await table('ref', 'audio/a.wav a\nb b\nc c\n');
      const hypotheses = await table('hyp', '/x/a.flac a\ny/b.wav b\nz/b.wav b\nw/c c\n');
      const { pairs, isByFileName, withoutHypothesis } = pairTexts(references.texts, hypotheses.texts);
      assert.equal(isByFileName, true);
      assert.deepEqual(
        pairs.map(([reference, { id }]) => `${reference.id} ${id}`),
        ['audio/a.wav /x/a.flac', 'c w/c'],
      );
      assert.deepEqual(
        withoutHypothesis.map(({ id }) => id),
        ['b'],
      );
    });
  });
});
