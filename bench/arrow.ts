/**
 * What writing and reading Arrow tables costs: rows and bytes a second, and resident memory, for small rows (errors),
 * nested rows (hypotheses with words) and large ones (log-mel). Beside them, the small rows through apache-arrow's own
 * builders into one buffer in memory.
 *
 *     npx tsx bench/arrow.ts [rows of the small table]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Data,
  type DataType,
  makeBuilder,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Struct,
} from 'apache-arrow';
import type { ErrorRow, Hypothesis, LogMel, Origin, RecordBase } from '../src/records.ts';
import { errorTable } from '../src/tables/kinds/error.ts';
import { openPart } from '../src/tables/part-writer.ts';
import { readRecords } from '../src/tables/reader.ts';
import { schemaOf } from '../src/tables/record-table.ts';
import { tableOf } from '../src/tables/record-tables.ts';

const ROWS_PER_BATCH = 8192;
const small = Number(process.argv[2] ?? 1_000_000);
const origin: Origin = {
  path: 'talks/a.wav',
  start: 0,
  duration: 30,
  reference: '我 want 牛肉麵',
  speaker: 's1',
  piece: null,
};

function errorRow(index: number): ErrorRow {
  const message = 'talks/a.wav: the data chunk ends at byte 4096 of 8192; record it again.';
  return {
    kind: 'error',
    id: `utterance-${index}`,
    node: 'audio',
    code: 'truncated-data',
    message,
    attempt: 1,
    path: null,
    source: `utterance-${index}`,
    utterance: null,
  };
}

function hypothesis(index: number): Hypothesis {
  const words = Array.from({ length: 12 }, (_, at) => ({
    word: ' 牛肉麵',
    start: at,
    end: at + 0.5,
    probability: 0.9,
  }));
  const tokenScores = Array.from({ length: 20 }, (_unused, token) => ({
    token: 1000 + token,
    characters: 1,
    logProbability: -0.2,
    score: -0.3,
    language: 'zh',
    internal: [0.7, 0.2, 0.1],
    external: [0.8, 0.2],
  }));
  const segments = Array.from({ length: 3 }, (_, at) => ({
    start: at,
    end: at + 1,
    text: ' 我 want to eat 牛肉麵 tonight.',
    tokens: Array.from({ length: 20 }, (_unused, token) => 1000 + token),
    tokenScores,
    seek: 0,
    temperature: 0,
    averageLogProbability: -0.2,
    compressionRatio: 1.4,
    noSpeechProbability: 0.01,
    words,
  }));
  const text = segments.map((segment) => segment.text).join('');
  return {
    kind: 'hypothesis',
    id: `u${index}`,
    origin,
    model: 'base',
    language: 'zh',
    languageProbability: 0.9,
    languages: ['zh', 'en'],
    text,
    segments,
    languageSpans: [{ language: 'zh', text, start: 0, end: 10, confidence: 0.9 }],
    guardedWindows: 0,
    nBest: null,
  };
}

const values = Float32Array.from({ length: 80 * 3000 }, (_, at) => Math.sin(at));
const tail = new Float32Array(80 * 4);

function logMel(index: number): LogMel {
  return { kind: 'log-mel', id: `u${index}`, origin, values, tail, bands: 80, frames: 3000 };
}

interface Measured {
  readonly what: string;
  readonly rows: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly peakMegabytes: number;
}

/** Peak resident memory is looked at every so many rows. */
const LOOK_EVERY = 1000;

function megabytes(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

async function write(path: string, kind: string, rows: number, make: (index: number) => RecordBase): Promise<Measured> {
  const table = tableOf(kind);
  if (table === undefined) throw new Error(`no table for ${kind}`);
  const started = performance.now();
  let peakMegabytes = 0;
  const part = await openPart(path, table, new Map(), ROWS_PER_BATCH);
  for (let index = 0; index < rows; index += 1) {
    const flushed = part.append(make(index));
    if (flushed !== undefined) await flushed;
    if (index % LOOK_EVERY === 0) peakMegabytes = Math.max(peakMegabytes, megabytes());
  }
  await part.commit();
  const seconds = (performance.now() - started) / 1000;
  return { what: `write ${kind}`, rows, seconds, bytes: statSync(path).size, peakMegabytes };
}

async function read(path: string, kind: string): Promise<Measured> {
  const started = performance.now();
  let rows = 0;
  let peakMegabytes = 0;
  for await (const _ of readRecords(path)) {
    if (rows % LOOK_EVERY === 0) peakMegabytes = Math.max(peakMegabytes, megabytes());
    rows += 1;
  }
  const seconds = (performance.now() - started) / 1000;
  return { what: `read ${kind}`, rows, seconds, bytes: statSync(path).size, peakMegabytes };
}

/** The same rows through `makeBuilder`, as the library's manual does it; nothing goes to the disk. */
function withBuilders(rows: number): Measured {
  const started = performance.now();
  const schema = schemaOf(errorTable, new Map());
  const type = new Struct(schema.fields);
  const writer = new RecordBatchStreamWriter();
  for (let from = 0; from < rows; from += ROWS_PER_BATCH) {
    const builders = schema.fields.map((field) =>
      makeBuilder({ type: field.type as DataType, nullValues: [null, undefined] }),
    );
    const length = Math.min(ROWS_PER_BATCH, rows - from);
    for (let index = from; index < from + length; index += 1) {
      const row = errorTable.toRow(errorRow(index)) as Record<string, unknown>;
      for (const [column, field] of schema.fields.entries()) builders[column]?.append(row[field.name]);
    }
    const children = builders.map((builder) => builder.finish().flush() as Data<DataType>);
    writer.write(new RecordBatch(schema, makeData({ type, length, children })));
  }
  const bytes = writer.finish().toUint8Array(true).length;
  const seconds = (performance.now() - started) / 1000;
  return { what: 'apache-arrow builders: error', rows, seconds, bytes, peakMegabytes: megabytes() };
}

function print({ what, rows, seconds, bytes, peakMegabytes }: Measured): void {
  const columns = [
    what.padEnd(30),
    String(rows).padStart(9),
    seconds.toFixed(2).padStart(8),
    Math.round(rows / seconds)
      .toString()
      .padStart(10),
    (bytes / seconds / 2 ** 20).toFixed(0).padStart(7),
    (bytes / 2 ** 20).toFixed(0).padStart(7),
    peakMegabytes.toFixed(0).padStart(8),
  ];
  console.log(columns.join(' '));
}

const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
console.log('what                                rows  seconds     rows/s    MiB/s     MiB  RSS MiB');
try {
  const kinds: [string, number, (index: number) => RecordBase][] = [
    ['error', small, errorRow],
    ['hypothesis', Math.ceil(small / 20), hypothesis],
    ['log-mel', Math.ceil(small / 1000), logMel],
  ];
  for (const [kind, rows, make] of kinds) {
    const path = join(folder, `${kind}.arrow`);
    print(await write(path, kind, rows, make));
    print(await read(path, kind));
    rmSync(path);
  }
  print(withBuilders(small));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
