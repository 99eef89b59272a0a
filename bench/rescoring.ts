/**
 * What language terms cost: ms for a row of Whisper's vocabulary, for log-sum-exp alone and for rescoring in each mode,
 * side by side in one run, and what five rows are of a decoder step.
 *
 *     npx tsx bench/rescoring.ts [--rounds 200] [--step 45] [--weight 1]
 *
 * --step is the time of a step with five rows in ms (bench/whisper.ts measures it).
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logSumExp } from '../src/decoding/log-probabilities.ts';
import { rescoringModes } from '../src/language/language-terms.ts';
import { languageSet } from '../src/language/language-set.ts';
import { rescoring } from '../src/language/rescoring.ts';
import { tokenLanguages } from '../src/language/token-language.ts';
import { parseTokenizer } from '../src/whisper/hugging-face-tokenizer.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    step: { type: 'string', default: '45' },
    weight: { type: 'string', default: '1' },
  },
});
const file = 'models/whisper-base-int8/tokenizer.json';
const tokenizer = parseTokenizer(readFileSync(file, 'utf8'), file);
const languages = tokenLanguages(tokenizer, languageSet(['zh', 'en']));
const beam = 5;
const q = Float64Array.of(0.7, 0.3);

/** Scores spread as Whisper's are: most tokens 10 to 25 nats below the best, special ones masked. */
const original = Array.from({ length: beam }, (_, beamRow) =>
  Float32Array.from({ length: tokenizer.vocabularySize }, (_, token) => {
    if (token > tokenizer.endOfText && token < tokenizer.timestampBegin) return -Infinity;
    const noise = (Math.imul(token + 1, 2_654_435_761 + beamRow) >>> 0) / 2 ** 32;
    return token === 400 ? 0 : -10 - 15 * noise;
  }),
);
const rows = original.map((row) => row.slice());

const works: [name: string, work: (row: Float32Array) => unknown][] = [['log-sum-exp', (row) => logSumExp(row)]];
for (const fragmentPolicy of ['inherit', 'once'] as const) {
  for (const mode of rescoringModes) {
    if (fragmentPolicy === 'once' && mode === 'plain') continue;
    const rescore = rescoring(languages, { mode, weight: Number(values.weight), otherPolicy: 'class', fragmentPolicy });
    const name = fragmentPolicy === 'once' ? `${mode}, once` : mode;
    works.push([name, (row) => rescore(row, languages.start, q)]);
  }
}

const times = works.map(() => [] as number[]);
for (let round = 0; round < Number(values.rounds); round++) {
  works.forEach(([, work], i) => {
    rows.forEach((row, beamRow) => row.set(original[beamRow]!));
    const begin = performance.now();
    for (const row of rows) work(row);
    times[i]!.push((performance.now() - begin) / beam);
  });
}

const median = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]!);
const plain = works.findIndex(([name]) => name === 'plain');
console.log('a row of 51,865        median ms   fastest ms   to log-sum-exp   over plain, in % of a step of five rows');
works.forEach(([name], i) => {
  const extra = (100 * beam * (times[i]![0]! - times[plain]![0]!)) / Number(values.step);
  console.log(
    name.padEnd(22),
    median[i]!.toFixed(3).padStart(9),
    times[i]![0]!.toFixed(3).padStart(12),
    (times[i]![0]! / times[0]![0]!).toFixed(2).padStart(16),
    (i === 0 ? '' : extra.toFixed(2)).padStart(12),
  );
});
