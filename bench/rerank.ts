/**
 * What stored n-best lists cost to rank: a table of made-up lists is written once, then read and ranked, in a graph as
 * `diglot run rescore` does it and without writing, and swept over weights. No model is loaded. Memory is the most that was
 * resident at each tenth of the way.
 *
 *     npx tsx bench/rerank.ts [candidates, 1,000,000] [utterances of the sweep, 1,000]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, type Observable, tap, toArray } from 'rxjs';
import { reranker } from '../src/decoding/rerank.ts';
import { randomNumbers } from '../src/random-numbers.ts';
import { readArrow } from '../src/operators/read-arrow.ts';
import { rescore } from '../src/operators/rescore.ts';
import { sweepWeights } from '../src/operators/sweep-weights.ts';
import { writeArrow } from '../src/operators/write-arrow.ts';
import type { Candidate, Hypothesis } from '../src/records.ts';
import { hypothesisTable } from '../src/tables/kinds/hypothesis.ts';
import { openPart } from '../src/tables/part-writer.ts';
import { readRecords } from '../src/tables/reader.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const utterances = Number(process.argv[3] ?? 1000);
/** As decode-nbest writes them by default, and as long as utterances of SEAME. */
const perList = 5;
const tokens = 20;
const classes = 3;
const random = randomNumbers(1);
const texts = Array.from({ length: 64 }, (_, at) => `我们 want to ${at} 吃 牛肉 noodles tonight 好 吗`);

function shares(into: Float32Array, at: number): void {
  const made = [random() + 0.01, random() + 0.01, 0.2 * random()];
  const sum = made[0]! + made[1]! + made[2]!;
  for (let k = 0; k < classes; k++) into[at + k] = made[k]! / sum;
}

function candidate(): Candidate {
  const logProbabilities = Float64Array.from({ length: tokens }, () => -2 * random());
  const internal = new Float32Array(tokens * classes);
  const external = new Float32Array(tokens * classes);
  for (let token = 0; token < tokens; token++) {
    shares(internal, token * classes);
    shares(external, token * classes);
  }
  return {
    text: texts[Math.floor(64 * random())]!,
    score: logProbabilities.reduce((sum, one) => sum + one),
    ended: true,
    scores: new Float64Array(0),
    tokens: Int32Array.from({ length: tokens }, () => Math.floor(50_000 * random())),
    characters: new Int32Array(tokens).fill(1),
    logProbabilities,
    tokenScores: logProbabilities,
    classes: Uint8Array.from({ length: tokens }, () => Math.floor(classes * random())),
    internal,
    external,
    begins: new Uint8Array(tokens).fill(1),
    exempt: new Float32Array(tokens * classes),
    powerSums: new Float64Array(0),
  };
}

function hypothesis(index: number): Hypothesis {
  const candidates = Array.from({ length: perList }, candidate);
  const { text } = candidates[0]!;
  const list = { seek: 0, frames: 400, temperature: 0, noSpeechProbability: 0.1, timestampBegin: 50_364 };
  return {
    kind: 'hypothesis',
    id: `u${index}`,
    origin: { path: 'a.wav', start: 0, duration: 4, reference: texts[index % 64]!, speaker: null, piece: null },
    model: 'made-up',
    language: 'zh',
    languageProbability: 0.9,
    languages: ['zh', 'en'],
    text,
    segments: [
      {
        start: 0,
        end: 4,
        text,
        tokens: [1, 2, 3],
        tokenScores: [],
        seek: 0,
        temperature: 0,
        averageLogProbability: -0.3,
        compressionRatio: 1,
        noSpeechProbability: 0.1,
        words: null,
      },
    ],
    languageSpans: [],
    guardedWindows: 0,
    nBest: [{ ...list, powers: [], scoreNames: [], candidates }],
  };
}

/** Resident memory, MiB, the most in each tenth of what is counted. */
function memory(total: number) {
  const tenths = new Array<number>(10).fill(0);
  return {
    tenths,
    at(done: number) {
      if (done % 500 !== 0) return;
      const tenth = Math.min(9, Math.floor((10 * done) / total));
      tenths[tenth] = Math.max(tenths[tenth]!, process.memoryUsage.rss() / 2 ** 20);
    },
  };
}

function print(what: string, count: number, unit: string, seconds: number, tenths: readonly number[] = []): void {
  const rate = Math.round(count / seconds).toLocaleString('en');
  const most = tenths.length === 0 ? '' : `  MiB ${tenths.map((one) => one.toFixed(0)).join(' ')}`;
  console.log(
    `${what.padEnd(44)} ${count.toLocaleString('en')} ${unit} in ${seconds.toFixed(2)} s: ${rate} a second${most}`,
  );
}

const terms = { mode: 'replace', weight: 0.4, otherPolicy: 'neutral', fragmentPolicy: 'once' } as const;
const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
try {
  const path = join(folder, 'lists.arrow');
  const rows = Math.ceil(wanted / perList);
  const part = await openPart(path, hypothesisTable, new Map(), 1024);
  for (let index = 0; index < rows; index++) await part.append(hypothesis(index));
  await part.commit();
  console.log(
    `${rows.toLocaleString('en')} lists of ${perList}, ${tokens} tokens each, ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`,
  );

  const alone = memory(rows);
  const { best } = reranker({ rescoring: terms, lengthPenalty: null, scoreWeights: {} });
  let started = performance.now();
  let done = 0;
  let changed = 0;
  for await (const record of readRecords(path)) {
    if (best((record as Hypothesis).nBest![0]!, classes) > 0) changed++;
    alone.at(done++);
  }
  print('read and ranked', rows * perList, 'candidates', (performance.now() - started) / 1000, alone.tenths);
  if (changed === 0) throw new Error('nothing was ranked');

  const whole = memory(rows);
  started = performance.now();
  done = 0;
  const winners = (readArrow({ path }) as Observable<Hypothesis>).pipe(
    tap(() => whole.at(done++)),
    rescore({ rescore: 'replace', weight: 0.4, otherPolicy: 'neutral', fragmentPolicy: 'once' }),
    writeArrow({ path: join(folder, 'winners.arrow') }),
  );
  await lastValueFrom(winners);
  print(
    'read, ranked, winners written',
    rows * perList,
    'candidates',
    (performance.now() - started) / 1000,
    whole.tenths,
  );

  const some = Array.from({ length: utterances }, (_, index) => hypothesis(index));
  started = performance.now();
  const settings = await lastValueFrom(
    from(some).pipe(
      sweepWeights({ rescore: ['internal', 'external', 'replace'], points: 67, otherPolicy: 'neutral' }),
      toArray(),
    ),
  );
  print(
    `sweep over ${utterances} lists of ${perList}`,
    settings.length,
    'settings',
    (performance.now() - started) / 1000,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
