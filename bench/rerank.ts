/**
 * What stored n-best lists cost to rank, without a model: a table of made-up lists is written once; then it is read and
 * ranked, and `diglot run` runs pipelines/rescore.json over it (read, ranked, winners written) and pipelines/sweep.ts over a
 * smaller one. Memory is the most that was resident in each tenth of the way; that of the runs is that of their process.
 *
 *     npm run build && npx tsx bench/rerank.ts [--candidates 1000000] [--utterances 1000]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reranker } from '../src/decoding/rerank.ts';
import { randomNumbers } from '../src/random-numbers.ts';
import type { Candidate, Hypothesis } from '../src/records.ts';
import { hypothesisTable } from '../src/tables/kinds/hypothesis.ts';
import { openPart } from '../src/tables/part-writer.ts';
import { countRows, readRecords } from '../src/tables/reader.ts';

const { values } = parseArgs({
  options: {
    candidates: { type: 'string', default: '1000000' },
    utterances: { type: 'string', default: '1000' },
  },
});
/** As decode-nbest writes them by default, and as long as utterances of SEAME. */
const perList = 5;
const tokens = 20;
const classes = 3;
/** Lists that differ; a larger table has them again under other ids. */
const different = 2000;
const random = randomNumbers(1);
const program = fileURLToPath(new URL('../dist/program/main.js', import.meta.url));

/** Shares of the classes for every token; those of q lean on a, as a calibrator's do. */
function shares(like: Float32Array | null): Float32Array {
  const made = new Float32Array(tokens * classes);
  for (let at = 0; at < made.length; at += classes) {
    const drawn = [random() + 0.01, random() + 0.01, 0.2 * random()];
    const sum = drawn[0]! + drawn[1]! + drawn[2]!;
    for (let k = 0; k < classes; k++) {
      const share = drawn[k]! / sum;
      made[at + k] = like === null ? share : 0.8 * like[at + k]! + 0.2 * share;
    }
  }
  return made;
}

function column<A extends Float64Array | Int32Array | Uint8Array>(made: A, value: () => number): A {
  for (let at = 0; at < made.length; at++) made[at] = value();
  return made;
}

function candidate(reference: string): Candidate {
  const logProbabilities = column(new Float64Array(tokens), () => -2 * random());
  const internal = shares(null);
  return {
    text: random() < 0.3 ? reference : `${reference.slice(0, -2)} ${Math.floor(64 * random())} 吗`,
    score: logProbabilities.reduce((sum, one) => sum + one),
    ended: true,
    scores: new Float64Array(0),
    tokens: column(new Int32Array(tokens), () => Math.floor(50_000 * random())),
    characters: new Int32Array(tokens).fill(1),
    logProbabilities,
    tokenScores: logProbabilities,
    classes: column(new Uint8Array(tokens), () => Math.floor(classes * random())),
    internal,
    external: shares(internal),
    begins: new Uint8Array(tokens).fill(1),
    exempt: new Float32Array(tokens * classes),
    powerSums: new Float64Array(0),
  };
}

function hypothesis(index: number): Hypothesis {
  const reference = `我们 want to ${index % 64} 吃 牛肉 noodles tonight 好 吗`;
  const candidates = Array.from({ length: perList }, () => candidate(reference)).sort((a, b) => b.score - a.score);
  const first = candidates[0]!;
  const row = (of: Float32Array, at: number): number[] => Array.from(of.subarray(at * classes, (at + 1) * classes));
  const written = Array.from(first.tokens.subarray(0, -1));
  return {
    kind: 'hypothesis',
    id: `u${index}`,
    origin: { path: 'a.wav', start: 0, duration: 4, reference, speaker: null, piece: null },
    model: 'made-up',
    language: 'zh',
    languageProbability: 0.9,
    languages: ['zh', 'en'],
    text: first.text,
    segments: [
      {
        start: 0,
        end: 4,
        text: first.text,
        tokens: written,
        tokenScores: written.map((token, at) => ({
          token,
          characters: 1,
          logProbability: first.logProbabilities[at]!,
          score: first.tokenScores[at]!,
          language: ['zh', 'en', 'other'][first.classes[at]!]!,
          internal: row(first.internal, at),
          external: row(first.external!, at),
        })),
        seek: 0,
        temperature: 0,
        averageLogProbability: -0.3,
        compressionRatio: 1,
        noSpeechProbability: 0.1,
        words: null,
      },
    ],
    languageSpans: [
      { language: 'zh', text: reference.slice(0, 2), start: 0, end: 2, confidence: 0.8 },
      { language: 'en', text: reference.slice(3), start: 2, end: 4, confidence: 0.7 },
    ],
    guardedWindows: 0,
    nBest: [
      {
        ...{ seek: 0, frames: 400, temperature: 0, noSpeechProbability: 0.1, timestampBegin: 50_364 },
        powers: [],
        scoreNames: [],
        candidates,
      },
    ],
  };
}

async function writeLists(path: string, rows: number): Promise<void> {
  const made = Array.from({ length: Math.min(different, rows) }, (_, index) => hypothesis(index));
  const part = await openPart(path, hypothesisTable, new Map(), 8192);
  for (let index = 0; index < rows; index++) await part.append({ ...made[index % made.length]!, id: `u${index}` });
  await part.commit();
  const size = (statSync(path).size / 2 ** 20).toFixed(0);
  console.log(`${rows.toLocaleString('en')} lists of ${perList}, ${tokens} tokens each, ${size} MiB`);
}

/** The most of each tenth of what was noted over time, MiB. */
function tenths(noted: readonly number[]): string {
  const most = new Array<number>(Math.min(10, noted.length)).fill(0);
  for (const [at, one] of noted.entries()) {
    const tenth = Math.floor((most.length * at) / noted.length);
    most[tenth] = Math.max(most[tenth]!, one);
  }
  return most.map((one) => one.toFixed(0)).join(' ');
}

function print(what: string, count: number, unit: string, seconds: number, noted: readonly number[]): void {
  const rate = Math.round(count / seconds).toLocaleString('en');
  const all = `${count.toLocaleString('en')} ${unit} in ${seconds.toFixed(2)} s: ${rate} a second`;
  console.log(`${what.padEnd(32)} ${all}; MiB ${tenths(noted)}`);
}

/** Runs a pipeline as a user does. @returns Seconds, start of the program included, and resident MiB over time (Linux). */
async function diglot(...args: readonly string[]): Promise<[seconds: number, noted: number[]]> {
  const began = performance.now();
  const child = spawn(process.execPath, [program, 'run', ...args, '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  const noted: number[] = [];
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      noted.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // it has ended, or there is no /proc
    }
  }, 50);
  await once(child, 'exit');
  clearInterval(watch);
  if (child.exitCode !== 0) throw new Error(said);
  return [(performance.now() - began) / 1000, noted];
}

const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
try {
  const lists = join(folder, 'lists.arrow');
  const rows = Math.ceil(Number(values.candidates) / perList);
  await writeLists(lists, rows);

  const { best } = reranker({
    rescoring: { mode: 'replace', weight: 0.4, otherPolicy: 'neutral', fragmentPolicy: 'once' },
    lengthPenalty: null,
    scoreWeights: {},
  });
  const noted: number[] = [];
  let changed = 0;
  const began = performance.now();
  for await (const record of readRecords(lists, () => noted.push(process.memoryUsage.rss() / 2 ** 20))) {
    if (best((record as Hypothesis).nBest![0]!, classes) > 0) changed++;
  }
  const seconds = (performance.now() - began) / 1000;
  print('read and ranked', rows * perList, 'candidates', seconds, noted);
  if (changed === 0) throw new Error('nothing was ranked');
  console.log(`another candidate wins in ${((100 * changed) / rows).toFixed(0)} of 100 lists`);

  const terms = ['--rescore', 'replace', '--weight', '0.4', '--other-policy', 'neutral', '--fragment-policy', 'once'];
  const winners = join(folder, 'winners.arrow');
  print(
    'diglot run rescore, whole program',
    rows * perList,
    'candidates',
    ...(await diglot('rescore', '--lists', lists, ...terms, '--out', winners)),
  );
  if ((await countRows(winners)) !== rows) throw new Error('rows are missing');

  const few = join(folder, 'few.arrow');
  await writeLists(few, Number(values.utterances));
  const out = join(folder, 'sweep');
  // Under each of the four policies.
  const weights = ['--rescore', 'internal,replace', '--points', '25'];
  const ran = await diglot('sweep', '--lists', few, ...weights, '--out', out);
  print('diglot run sweep, whole program', await countRows(join(out, 'sweep.arrow')), 'settings', ...ran);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
