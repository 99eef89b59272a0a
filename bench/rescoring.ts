/**
 * What a search does in JavaScript between two decoder steps, ms for five hypotheses: evidence, filters, language terms and
 * ranking, with each rescoring mode and the mixture of two prompts, from a shortlist and from whole rows, side by side.
 *
 *     npx tsx bench/rescoring.ts [--rounds 300] [--weight 0.3]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { beamSearch } from '../src/decoding/beam.ts';
import { scoreRow } from '../src/decoding/decode-window.ts';
import { languageScorer } from '../src/decoding/language-scorer.ts';
import { logSumExp } from '../src/decoding/log-probabilities.ts';
import { defaultTranscribeOptions } from '../src/decoding/options.ts';
import { evidenceOf } from '../src/decoding/path-evidence.ts';
import { searchShortlist } from '../src/decoding/shortlist.ts';
import { tokenFilters } from '../src/decoding/token-filters.ts';
import type { WindowCalibrator } from '../src/language/calibrator.ts';
import { rescoringModes, scaleOf, type RescoringMode } from '../src/language/language-terms.ts';
import { languageSet } from '../src/language/language-set.ts';
import { isSure } from '../src/language/token-row.ts';
import { tokenLanguages } from '../src/language/token-language.ts';
import { bestOfRow } from '../src/whisper/decoder-head.ts';
import { parseTokenizer } from '../src/whisper/hugging-face-tokenizer.ts';
import type { StepOutput } from '../src/whisper/speech-model.ts';
import { listRows } from '../test/support/list-rows.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '300' }, weight: { type: 'string', default: '0.3' } },
});
const file = 'models/whisper-base-int8/tokenizer.json';
const tokenizer = parseTokenizer(readFileSync(file, 'utf8'), file);
const declared = tokenLanguages(tokenizer, languageSet(['zh', 'en']));
const { endOfText, vocabularySize, timestampBegin } = tokenizer;
const beam = 5;
const calibrator: WindowCalibrator = { start: null, posterior: () => Float64Array.of(0.7, 0.3), next: () => null };
const options = { ...defaultTranscribeOptions, suppressTokens: [-1] };
const filters = tokenFilters(tokenizer, options);

interface System {
  readonly name: string;
  readonly mode: RescoringMode;
  readonly prompts: 1 | 2;
}
const systems: System[] = [
  ...rescoringModes.map((mode): System => ({ name: mode, mode, prompts: 1 })),
  { name: 'mixture', mode: 'plain', prompts: 2 },
];

/** Log-probabilities spread as Whisper's are: most tokens 10 to 25 nats below the best. */
function stepOf(prompts: number): Float32Array {
  const rows = Array.from({ length: beam * prompts }, (_, row) => {
    const logits = Float32Array.from({ length: vocabularySize }, (_, token) =>
      token === 400
        ? 0
        : -10 - 15 * ((Math.imul(token + 1, 2_654_435_761 + 77 * Math.floor(row / prompts)) >>> 0) / 2 ** 32),
    );
    const normaliser = logSumExp(logits);
    return logits.map((logit) => logit - normaliser);
  });
  const step = new Float32Array(rows.length * vocabularySize);
  rows.forEach((row, i) => step.set(row, i * vocabularySize));
  return step;
}

/** Makes what one step of a system costs: the output is made anew, because a search may write into it. */
function workOf({ mode, prompts }: System, whole: boolean): () => number {
  const terms = { mode, weight: Number(values.weight), otherPolicy: 'neutral', fragmentPolicy: 'once' } as const;
  const shortlist = searchShortlist(tokenizer, declared, options, scaleOf(terms));
  const needsQ = prompts > 1 || !['plain', 'internal'].includes(mode);
  const prompt = prompts > 1 ? null : 0;
  const scorer = languageScorer(tokenizer, declared, { ...terms, prompt }, needsQ ? calibrator : null);
  const logProbabilities = stepOf(prompts);
  const listed = listRows(logProbabilities, beam * prompts, prompts, shortlist, endOfText, bestOfRow);
  const none = { states: null, attention: null };
  const paths = Array.from({ length: beam }, (_, path) => ({
    tokens: [timestampBegin, 400 + path, 500],
    tokenScores: [],
    score: 0,
    state: scorer.start,
  }));
  return () => {
    const output: StepOutput = whole
      ? { logProbabilities: logProbabilities.slice(), listed: null, ...none }
      : { logProbabilities: null, listed, ...none };
    const begin = performance.now();
    const evidence = evidenceOf(output, beam, prompts, whole ? null : shortlist, endOfText);
    const rows = paths.map((path, i) => scoreRow(scorer, evidence[i]!, path, filters));
    const search = beamSearch({ beamSize: beam, patience: 1, endOfText });
    if (!rows.every(({ row }) => isSure(row, search.ranks))) throw new Error('The shortlist was too short.');
    const { extensions } = search.advance(paths, rows, (path) => rows[path]!);
    for (const { row, token } of extensions) row.tokenScore(token);
    return performance.now() - begin;
  };
}

const works = systems.map((system) => ({ system, listed: workOf(system, false), whole: workOf(system, true) }));
const times = works.map(() => ({ listed: [] as number[], whole: [] as number[] }));
for (let round = 0; round < Number(values.rounds); round++) {
  works.forEach(({ listed, whole }, i) => {
    times[i]!.listed.push(listed());
    times[i]!.whole.push(whole());
  });
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
console.log(`ms a step of ${beam} hypotheses, median of ${values.rounds}; over plain in ms`);
console.log('             shortlist   over plain   whole rows   over plain');
works.forEach(({ system }, i) => {
  const { listed, whole } = times[i]!;
  const cells = [listed, whole].flatMap((list, which) => {
    const plain = median(which === 0 ? times[0]!.listed : times[0]!.whole);
    return [median(list).toFixed(3), (median(list) - plain).toFixed(3)];
  });
  console.log(system.name.padEnd(12), ...cells.map((cell, j) => cell.padStart(j === 0 ? 9 : 12)));
});
