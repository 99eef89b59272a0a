/**
 * What manifests of 1,000,000 lines cost to read: seconds until the first utterance is given, as `diglot run` asks for it
 * (read-manifest opened, its first record taken), seconds for all, and the most memory that was resident. Each form has a
 * process of its own. Ids, texts and speakers are as long as those of SEAME.
 *
 *     npx tsx bench/manifests.ts [lines, 1,000,000]
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Float64, RecordBatchStreamWriter, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { Table as ParquetTable, writeParquet } from 'parquet-wasm';
import { RecordError } from '../src/errors.ts';
import { readManifest } from '../src/operators/read-manifest.ts';

if (process.argv[2] === 'read') await read(process.argv[3]!, process.argv[4] as 'given' | 'length');
else await writeAll(Number(process.argv[2] ?? 1_000_000));

async function read(path: string, order: 'given' | 'length'): Promise<void> {
  const began = performance.now();
  const note = () => {};
  const signal = new AbortController().signal;
  const context = { note, signal, provenance: note, onClose: note, expect: note, wants: () => true };
  const options = readManifest.description.options.parse({ paths: [path], within: '/', order });
  const listed = await readManifest.behaviour(options, context as never);
  let first = 0;
  let lines = 0;
  for await (const entry of listed(undefined, { signal })) {
    if (entry instanceof RecordError) throw entry;
    if (lines++ === 0) first = performance.now() - began;
  }
  const all = (performance.now() - began) / 1000;
  const most = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `first after ${(first / 1000).toFixed(2)} s, all ${lines.toLocaleString('en')} after ${all.toFixed(1)} s, ${most.toFixed(0)} MiB\n`,
  );
}

interface Line {
  readonly id: string;
  readonly recording: string;
  readonly start: number;
  readonly duration: number;
  readonly text: string;
  readonly speaker: string;
}

function line(at: number): Line {
  const recording = `${String(Math.floor(at / 400)).padStart(6, '0')}NC01FBX_0101`;
  return {
    id: `${recording}-${String(at % 400).padStart(6, '0')}`,
    recording,
    start: (at % 400) * 4,
    duration: 1 + ((at * 7919) % 900) / 100,
    text: `我们 want to ${at} 吃 牛肉 noodles tonight 好 吗`,
    speaker: recording.slice(0, 11),
  };
}

async function writeAll(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
  try {
    const paths = {
      JSONL: join(folder, 'all.jsonl'),
      CSV: join(folder, 'all.csv'),
      Kaldi: join(folder, 'kaldi'),
      Arrow: join(folder, 'all.arrow'),
      Parquet: join(folder, 'all.parquet'),
    };
    mkdirSync(paths.Kaldi);
    const json = ({ recording, ...rest }: Line) => JSON.stringify({ ...rest, path: `${recording}.flac` });
    await writeLines(paths.JSONL, count, json);
    const cells = ({ id, recording, start, duration, text, speaker }: Line) =>
      [id, `${recording}.flac`, start, duration, text, speaker].join(',');
    await writeLines(paths.CSV, count, cells, 'id,path,start,duration,text,speaker\n');
    const kaldi = (name: string, of: (line: Line) => string) => writeLines(join(paths.Kaldi, name), count, of);
    await kaldi('segments', ({ id, recording, start, duration }) => `${id} ${recording} ${start} ${start + duration}`);
    await kaldi('text', ({ id, text }) => `${id} ${text}`);
    await kaldi('utt2spk', ({ id, speaker }) => `${id} ${speaker}`);
    await writeLines(join(paths.Kaldi, 'wav.scp'), Math.ceil(count / 400), (_, at) => {
      const { recording } = line(400 * at);
      return `${recording} ${recording}.flac`;
    });
    await writeTables(paths, count);
    for (const [form, path] of Object.entries(paths)) {
      for (const order of form === 'JSONL' ? ['given', 'length'] : ['given']) {
        const args = [...process.execArgv, fileURLToPath(import.meta.url), 'read', path, order];
        const told = execFileSync(process.execPath, args, { encoding: 'utf8' });
        const bytes = form === 'Kaldi' ? '' : ` (${(statSync(path).size / 2 ** 20).toFixed(0)} MiB)`;
        process.stdout.write(`${`${form}, order ${order}${bytes}`.padEnd(34)} ${told}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeLines(path: string, count: number, of: (line: Line, at: number) => string, header = '') {
  const file = createWriteStream(path);
  file.write(header);
  for (let at = 0; at < count; at++) if (!file.write(`${of(line(at), at)}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
}

/** The same rows as Arrow, batches of 50,000, and as Parquet, which is made of these. */
async function writeTables(paths: { readonly Arrow: string; readonly Parquet: string }, count: number) {
  const writer = new RecordBatchStreamWriter();
  let all: Table | null = null;
  for (let from = 0; from < count; from += 50_000) {
    const lines = Array.from({ length: Math.min(50_000, count - from) }, (_, at) => line(from + at));
    const text = (of: (line: Line) => string) => vectorFromArray(lines.map(of), new Utf8());
    const batch = new Table({
      id: text(({ id }) => id),
      path: text(({ recording }) => `${recording}.flac`),
      duration: vectorFromArray(
        lines.map(({ duration }) => duration),
        new Float64(),
      ),
      text: text((each) => each.text),
      speaker: text(({ speaker }) => speaker),
    });
    all = all === null ? batch : (all.concat(batch as never) as never);
  }
  writer.write(all as never);
  writer.finish();
  const bytes = await writer.toUint8Array();
  writeFileSync(paths.Arrow, bytes);
  writeFileSync(paths.Parquet, writeParquet(ParquetTable.fromIPCStream(bytes)));
}
