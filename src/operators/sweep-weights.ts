/**
 * Searches the weights of stored n-best lists that have references. The lists are held in memory, as the columns that they
 * are, and every setting ranks them anew: no model is loaded, no audio read. Candidates are aligned with the reference once,
 * when they first win, so that a setting costs what ranking costs.
 */
import { z } from 'zod';
import { reranker, textOfWinners, type RerankOptions } from '../decoding/rerank.ts';
import { RecordError, UsageError } from '../errors.ts';
import { languageSet } from '../language/language-set.ts';
import { rescoringModes, type RescoringMode } from '../language/language-terms.ts';
import type { Candidate, Hypothesis, WeightSetting } from '../records.ts';
import { rateInterval, type Outcome } from '../scoring/bootstrap.ts';
import { editDistance } from '../scoring/edit-distance.ts';
import { profileNamed, profileRules } from '../scoring/profiles/profile-named.ts';
import { evenly, goldenSection } from '../scoring/weight-search.ts';
import { defineOperator } from './define-operator.ts';
import { rerankOptions } from './rerank-options.ts';

const { otherPolicy, fragmentPolicy } = rerankOptions;

/** Fewer than for a final figure: there is an interval for every setting. */
const bootstrap = { resamples: 1000, seed: 1, confidence: 0.95 };

const range = /^([^=\s]+)=(-?[\d.]+)(?::(-?[\d.]+):([\d.]+))?$/;

const options = z
  .strictObject({
    rescore: z
      .array(z.enum(rescoringModes))
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Language terms that are tried; null tries all that the lists allow: external and replace need q, published the sums of its weights.',
      ),
    search: z
      .enum(['grid', 'golden'])
      .default('grid')
      .describe('How weights are sought: at equal distances, or by golden section, which looks at fewer.'),
    from: z.number().min(0).default(0).describe('Smallest weight; 0 is plain.'),
    to: z.number().max(100).default(2).describe('Largest weight.'),
    points: z.int().min(1).max(10_000).default(41).describe('grid: how many weights, both ends among them.'),
    tolerance: z.number().positive().default(0.01).describe('golden: how near to the best weight, at most.'),
    otherPolicy,
    fragmentPolicy,
    lengthPenalties: z
      .array(z.number().min(0).max(1))
      .default([])
      .describe('Exponents of the length penalty that are tried, besides the mean over tokens.'),
    scoreWeights: z
      .array(z.string().regex(range, 'expected lm=0.3, or from, to and step as in lm=0:1:0.1'))
      .default([])
      .describe(
        'Weights of scores that the lists got from others: one, or from, to and step, as in lm=0:1:0.1. All are tried with all.',
      ),
    profile: z
      .enum(profileRules.map(({ name }) => name))
      .default(profileRules[0]!.name)
      .describe('Rule by which both texts are folded and cut into units.'),
    by: z
      .enum(['utterance', 'speaker'])
      .default('utterance')
      .describe('What is drawn for the intervals: utterances, or all of a speaker together.'),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be below from' });

type Options = z.output<typeof options>;

export const sweepWeights = defineOperator(
  {
    name: 'sweep-weights',
    summary: 'Tries weights on stored n-best lists that have references, and tells the errors under each.',
    shape: 'gather',
    input: 'hypothesis',
    output: 'weight-setting',
    absorbs: true,
    options,
    checkpoint: 'no',
  },
  async (options, context) => {
    const swept: Swept[] = [];
    let profile: Awaited<ReturnType<typeof profileNamed>> | null = null;
    return {
      async add(hypothesis) {
        const { languages } = hypothesis;
        profile ??= await profileNamed(options.profile, languages.length > 0 ? languageSet(languages) : languageSet());
        swept.push(sweptOf(hypothesis, unitsBy(profile), options.by));
        return [{ record: null, from: [hypothesis] }];
      },
      flush() {
        if (swept.length === 0) return [];
        const modes = options.rescore ?? allowedModes(swept);
        context.note(`sweep-weights ranks ${swept.length} lists by ${modes.join(', ')}.`);
        const settings = modes.flatMap((mode) => sweep(swept, mode, options));
        return settings.map((record) => ({ record, from: [] }));
      },
    };
  },
);

/** An utterance under a sweep. */
interface Swept {
  readonly hypothesis: Hypothesis;
  readonly classes: number;
  readonly units: readonly string[];
  readonly block: string;
  /** Errors of the text that the winners of its windows make, by their places. */
  readonly errors: Map<string, number>;
  readonly errorsOf: (text: string) => number;
}

function unitsBy(profile: Awaited<ReturnType<typeof profileNamed>>): (text: string) => string[] {
  return (text) => profile.units(text).map((unit) => unit.text);
}

/** @throws RecordError `no-lists`, `no-reference` */
function sweptOf(hypothesis: Hypothesis, unitsOf: (text: string) => string[], by: Options['by']): Swept {
  const { id, nBest, origin, languages } = hypothesis;
  if (nBest === null) throw new RecordError('no-lists', `${id} has no n-best lists; decode with nBest.`);
  if (origin.reference === null) {
    throw new RecordError('no-reference', `${id} has no reference; decode a manifest that has texts.`);
  }
  const units = unitsOf(origin.reference);
  return {
    hypothesis,
    classes: languages.length + 1,
    units,
    block: by === 'speaker' ? (origin.speaker ?? id) : id,
    errors: new Map(),
    errorsOf: (text) => editDistance(units, unitsOf(text)),
  };
}

/** What the first list allows; the others have its form. */
function allowedModes(swept: readonly Swept[]): RescoringMode[] {
  const list = swept.flatMap(({ hypothesis }) => hypothesis.nBest!).find(({ candidates }) => candidates.length > 0);
  const hasQ = list !== undefined && list.candidates[0]!.external !== null;
  return [
    'internal',
    ...(hasQ ? (['external', 'replace'] as const) : []),
    ...(hasQ && list.powers.length > 0 ? (['published'] as const) : []),
  ];
}

/** All settings of one mode, in the order in which they were tried. */
function sweep(swept: readonly Swept[], mode: RescoringMode, options: Options): WeightSetting[] {
  const { otherPolicy, fragmentPolicy, from, to } = options;
  const found: WeightSetting[] = [];
  const known = new WeakMap<Candidate, Float64Array>();
  for (const lengthPenalty of [null, ...options.lengthPenalties]) {
    for (const scoreWeights of combinations(options.scoreWeights)) {
      const value = (weight: number): number => {
        const rescoring = { mode, weight, otherPolicy, fragmentPolicy };
        const setting = settle(swept, { rescoring, lengthPenalty, scoreWeights, known }, options.profile);
        found.push(setting);
        return setting.errors;
      };
      if (mode === 'plain') value(0);
      else if (mode === 'published') for (const weight of publishedWeights(swept, from, to)) value(weight);
      else if (options.search === 'grid') for (const weight of evenly(from, to, options.points)) value(weight);
      else goldenSection(from, to, options.tolerance, value);
    }
  }
  return found;
}

/** Those whose sums the lists tell, and none. */
function publishedWeights(swept: readonly Swept[], from: number, to: number): number[] {
  const powers = new Set(swept.flatMap(({ hypothesis }) => hypothesis.nBest!.flatMap((list) => list.powers)));
  return [0, ...[...powers].map((power) => Number((power - 1).toPrecision(12)))]
    .filter((weight) => weight >= from && weight <= to)
    .sort((a, b) => a - b);
}

/** @throws UsageError `options` when a range does not end. */
function combinations(ranges: readonly string[]): Record<string, number>[] {
  return ranges.reduce<Record<string, number>[]>(
    (all, written) => {
      const [, name = '', from, to, step] = range.exec(written) ?? [];
      if (step !== undefined && !(Number(step) > 0 && Number(to) >= Number(from))) {
        throw new UsageError('options', `scoreWeights: ${written} is no range; write from, to and a step above 0.`);
      }
      const count = step === undefined ? 1 : Math.floor((Number(to) - Number(from)) / Number(step) + 1e-9) + 1;
      const values = Array.from({ length: count }, (_, at) =>
        Number((Number(from) + at * Number(step ?? 0)).toPrecision(12)),
      );
      return all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
    },
    [{}],
  );
}

function settle(swept: readonly Swept[], ranking: RerankOptions, profile: string): WeightSetting {
  const { best } = reranker(ranking);
  let changed = 0;
  const outcomes = swept.map(({ hypothesis, classes, units, block, errors, errorsOf }): Outcome => {
    const places = hypothesis.nBest!.map((list) => best(list, classes));
    if (places.some((place) => place > 0)) changed += 1;
    const key = places.join();
    let found = errors.get(key);
    if (found === undefined) {
      found = errorsOf(textOfWinners(hypothesis, places));
      errors.set(key, found);
    }
    return { errors: found, units: units.length, block };
  });
  const { low, high } = rateInterval(outcomes, bootstrap);
  const { mode, weight, otherPolicy, fragmentPolicy } = ranking.rescoring;
  const scoreWeights = Object.entries(ranking.scoreWeights).map(([name, value]) => `${name}=${value}`);
  const policies = [otherPolicy, fragmentPolicy].join('-');
  const length = ranking.lengthPenalty === null ? '' : ` length ${ranking.lengthPenalty}`;
  return {
    kind: 'weight-setting',
    id: `${mode} ${policies}${length}${scoreWeights.map((one) => ` ${one}`).join('')}@${weight}`,
    rescore: mode,
    weight,
    otherPolicy,
    fragmentPolicy,
    lengthPenalty: ranking.lengthPenalty,
    scoreWeights,
    profile,
    utterances: swept.length,
    errors: outcomes.reduce((sum, one) => sum + one.errors, 0),
    units: outcomes.reduce((sum, one) => sum + one.units, 0),
    low,
    high,
    changed,
  };
}
