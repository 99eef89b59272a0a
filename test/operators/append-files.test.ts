/** The three sinks of a live session: files that are whole whenever somebody looks. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { readRecording } from '../../src/audio/recordings.ts';
import { UsageError } from '../../src/errors.ts';
import { appendArrow } from '../../src/operators/append-arrow.ts';
import { appendSrt } from '../../src/operators/append-srt.ts';
import { appendWav } from '../../src/operators/append-wav.ts';
import type { AnyRecord, FinalText, Waveform } from '../../src/records.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { openGather, type OpenGather } from '../support/open-gather.ts';
import { generator } from '../support/chunked.ts';

const place = { path: 'talk', reference: null, speaker: null, piece: null };

function final(utterance: number, start: number, text: string, endsUtterance: boolean): FinalText {
  const word = {
    word: text,
    start,
    end: start + 1,
    probability: 0.5,
    language: 'zh',
    internal: [1, 0, 0],
    external: null,
  };
  return {
    kind: 'final',
    id: `talk#${utterance}/${start}`,
    origin: { ...place, start, duration: 1 },
    utterance,
    text,
    words: [word],
    language: 'zh',
    languages: ['zh', 'en'],
    languageSpans: [{ language: 'zh', text, start, end: start + 1, confidence: 0.5 }],
    confidence: 0.5,
    emittedAt: start + 1.5,
    heardUntil: start + 1.2,
    endsUtterance,
    endOfSpeech: endsUtterance ? start + 1 : null,
  };
}
const texts = [final(1, 0, '你好', false), final(1, 1, ' world', true), final(2, 9, 'second', true)];
const noise = (start: number): AnyRecord => ({
  kind: 'activity',
  id: 'a',
  origin: { ...place, start, duration: 0.1 },
  level: -30,
  probability: 0,
  speaking: false,
  lag: 0,
});
const chunk = (start: number, samples: Float32Array): Waveform => ({
  kind: 'waveform',
  id: `talk@${start}`,
  origin: { ...place, start, duration: samples.length / 16_000 },
  samples,
  sampleRate: 16_000,
});
const rowsOf = async (path: string): Promise<unknown[]> => {
  const rows = [];
  for await (const row of readRecords(path)) rows.push(row);
  return rows;
};
const all = async (gather: OpenGather, records: readonly AnyRecord[]): Promise<AnyRecord[]> => {
  for (const record of records) await gather.add(record);
  const parts = await gather.flush();
  await gather.close();
  return parts;
};

describe('append-arrow', () => {
  const folder = folderPerTest();

  it('is whole after every record, for a reader that comes meanwhile', async () => {
    const path = folder('talk.arrow');
    const gather = await openGather(appendArrow, { path });
    await gather.add(noise(0));
    assert.deepEqual(await rowsOf(path), []);
    for (const [at, text] of texts.entries()) {
      await gather.add(text);
      await gather.add(noise(at));
      assert.deepEqual(await rowsOf(path), texts.slice(0, at + 1));
    }
    const [part] = await all(gather, []);
    assert.deepEqual(await rowsOf(path), texts);
    assert.ok(part?.kind === 'part' && part.rows === 3 && part.bytes === statSync(path).size);
  });

  it('writes nothing where it is given no path, and loses no earlier recording', async () => {
    assert.deepEqual(await all(await openGather(appendArrow, {}), texts), []);
    const path = folder('talk.arrow');
    await all(await openGather(appendArrow, { path }), texts);
    const refused = (fault: unknown) => fault instanceof UsageError && fault.code === 'output-exists';
    await assert.rejects(openGather(appendArrow, { path }), refused);
    assert.deepEqual(await rowsOf(path), texts);
    await all(await openGather(appendArrow, { path, overwrite: true }), texts.slice(0, 1));
    assert.deepEqual(await rowsOf(path), texts.slice(0, 1));
  });
});

describe('append-srt', () => {
  const folder = folderPerTest();

  it('lets a cue grow with its utterance, and is whole after every text', async () => {
    const path = folder('talk.srt');
    const gather = await openGather(appendSrt, { path });
    const seen: string[] = [];
    for (const text of texts) {
      await gather.add(text);
      seen.push(readFileSync(path, 'utf8'));
    }
    await all(gather, []);
    const first = '1\n00:00:00,000 --> 00:00:02,000\n你好 world\n\n';
    assert.deepEqual(seen, [
      '1\n00:00:00,000 --> 00:00:01,000\n你好\n\n',
      first,
      `${first}2\n00:00:09,000 --> 00:00:10,000\nsecond\n\n`,
    ]);
  });

  it('begins a new cue where one would be too long to be read', async () => {
    const path = folder('talk.srt');
    const words = [0, 3, 6].map((start) => final(1, start, ' word', false));
    await all(await openGather(appendSrt, { path, mostSeconds: 5 }), words);
    assert.match(readFileSync(path, 'utf8'), /^1\n00:00:00,000 --> 00:00:04,000\nword word\n\n2\n00:00:06,000/);
  });
});

describe('append-wav', () => {
  const folder = folderPerTest();
  const read = async (path: string): Promise<Float32Array> =>
    (await readRecording(path, { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 0 })).samples;

  it('has at any moment what was heard, with silence for what was lost', async () => {
    const samples = generator(3, 4800).map((sample) => Math.round(sample * 32_768) / 32_768);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4799 }), fc.integer({ min: 400, max: 40_000 }), async (cut, lost) => {
        const path = folder(`${cut}-${lost}.wav`);
        const gather = await openGather(appendWav, { path, overwrite: true });
        const [one, other] = [samples.slice(0, cut), samples.slice(cut)];
        await gather.add(chunk(0, one));
        assert.deepEqual(await read(path), one);
        await all(gather, [chunk((cut + lost) / 16_000, other)]);
        assert.deepEqual(await read(path), Float32Array.of(...one, ...new Float32Array(lost), ...other));
      }),
      { numRuns: 10 },
    );
  });

  it('writes no file where it is given no path, and refuses one that is there', async () => {
    const heard = [chunk(0, new Float32Array(160))];
    assert.deepEqual(await all(await openGather(appendWav, {}), heard), []);
    writeFileSync(folder('talk.wav'), 'precious');
    await assert.rejects(openGather(appendWav, { path: folder('talk.wav') }), UsageError);
    assert.equal(readFileSync(folder('talk.wav'), 'utf8'), 'precious');
  });
});
