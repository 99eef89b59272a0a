/**
 * What scoring costs: 6,500 code-switched utterances (the size of SEAME's dev_man) through every metric, beside JiWER's
 * error rate alone; the bootstrap of 10,000 resamples; the alignment of one long recording.
 *
 *     npx tsx bench/score.ts [python with jiwer]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomNumbers } from '../src/random-numbers.ts';
import { align } from '../src/scoring/align.ts';
import { compareRates, rateInterval, type Outcome } from '../src/scoring/bootstrap.ts';
import { profileNamed } from '../src/scoring/profiles/profile-named.ts';
import { scoreHypothesis } from '../src/scoring/score-hypothesis.ts';
import { summarise } from '../src/scoring/summary.ts';
import { hypothesisOf, spacedOptions } from '../test/support/scored.ts';
import { unitsOf } from '../test/support/units-of.ts';

const UTTERANCES = 6500;
const UNITS = 15;
const LONG = 10_000;
const REPEATS = 3;

const words = Array.from('我你他想要吃牛肉面今天明天是星期').concat(
  'today is the meeting at noon very good'.split(' '),
);
const random = randomNumbers(1);
const draw = (): string => words[Math.floor(random() * words.length)]!;
const sentence = (length: number): string[] => Array.from({ length }, draw);
const misheard = (units: readonly string[]): string[] =>
  units.flatMap((unit) => (random() < 0.2 ? [[], [draw()], [unit, draw()]][Math.floor(random() * 3)]! : [unit]));

const pairs = Array.from({ length: UTTERANCES }, () => {
  const reference = sentence(UNITS);
  return [reference.join(' '), misheard(reference).join(' ')] as const;
});

/** Seconds of the quickest of three. */
function seconds(work: () => unknown): number {
  const times = Array.from({ length: REPEATS }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1000;
  });
  return Math.min(...times);
}

const row = (what: string, took: number, each = ''): void =>
  console.log(`${what.padEnd(64)}${took.toFixed(3).padStart(9)} s  ${each}`);
const perUtterance = (took: number): string => `${((took / UTTERANCES) * 1e6).toFixed(0)} µs an utterance`;

const profile = await profileNamed('canonical');
const score = () =>
  pairs.map(([reference, hypothesis]) =>
    scoreHypothesis(hypothesisOf(hypothesis), reference, { ...spacedOptions, profile }),
  );
const scoring = seconds(score);
row(`${UTTERANCES} utterances of ${UNITS} units, all metrics`, scoring, perUtterance(scoring));

const python = process.argv[2];
if (python !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'diglot-bench-'));
  const file = join(folder, 'pairs.json');
  writeFileSync(file, JSON.stringify(pairs));
  const program = `
import json, sys, time, jiwer
pairs = json.load(open(sys.argv[1]))
references, hypotheses = [a for a, _ in pairs], [b for _, b in pairs]
times = []
for _ in range(${REPEATS}):
    start = time.perf_counter()
    errors = jiwer.process_words(references, hypotheses)
    times.append(time.perf_counter() - start)
print(min(times), errors.substitutions + errors.deletions + errors.insertions)
`;
  const { stdout, stderr, status } = spawnSync(python, ['-c', program, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  const [took = NaN, errors = NaN] = stdout.trim().split(' ').map(Number);
  row('the same, JiWER process_words (error rate and alignment alone)', took, perUtterance(took));
  console.log(`errors: JiWER ${errors}, diglot ${summarise(score()).mixedErrorRate.count}`);
}

const scores = score();
row(
  'summary',
  seconds(() => summarise(scores)),
);
const outcomes = scores.map(({ counts: { overall } }, at): Outcome => ({
  errors: overall.substitutions + overall.deletions + overall.insertions,
  units: overall.units,
  block: String(at),
}));
row(
  'interval of a rate, 10,000 resamples of all utterances',
  seconds(() => rateInterval(outcomes)),
);
row(
  'interval of a difference',
  seconds(() => compareRates(outcomes, outcomes)),
);

const long = sentence(LONG);
const [reference, hypothesis] = [unitsOf(long.join(' ')), unitsOf(misheard(long).join(' '))];
const before = process.memoryUsage().rss;
row(
  `alignment of ${LONG} x ${hypothesis.length} units`,
  seconds(() => align(reference, hypothesis)),
);
console.log(`resident memory for it: at most ${((process.memoryUsage().rss - before) / 2 ** 20).toFixed(0)} MiB more`);
