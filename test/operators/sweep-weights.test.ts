import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { from, lastValueFrom, map, toArray } from 'rxjs';
import { RecordError } from '../../src/errors.ts';
import { rescore } from '../../src/operators/rescore.ts';
import { score } from '../../src/operators/score.ts';
import { sweepWeights } from '../../src/operators/sweep-weights.ts';
import { writeWeights } from '../../src/operators/write-weights.ts';
import type { Hypothesis, WeightSetting } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { hypothesis as sample } from '../support/sample-records.ts';
import { candidateOf, emptyList, type MadeToken } from '../support/stored-lists.ts';

const words = ['我', '們', 'eat', 'new', 'roman', '牛', '肉', '麵'];
const distribution = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((shares) => shares.map((one) => one / shares.reduce((sum, share) => sum + share)) as [number, number, number]);

/** Words of both languages, a token each. */
const candidate = fc
  .array(
    fc.tuple(fc.nat(words.length - 1), fc.double({ min: -4, max: -0.1, noNaN: true }), distribution, distribution),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((tokens) => {
    const made = tokens.map(([word, logProbability, internal, external]): MadeToken => ({
      logProbability,
      language: words[word]!.charCodeAt(0) < 128 ? 1 : 0,
      internal,
      external,
      characters: words[word]!.length + 1,
    }));
    return candidateOf(tokens.map(([word]) => ` ${words[word]}`).join(''), [
      ...made,
      { logProbability: -0.2, language: 2, internal: [0.1, 0.1, 0.8], external: [0.1, 0.1, 0.8] },
    ]);
  });

/** Utterances of one or two windows, each with a list, the text of whose first candidates the search wrote. */
const hypotheses = fc.array(
  fc
    .tuple(
      fc.array(fc.array(candidate, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }),
    )
    .map(([lists, reference]): Omit<Hypothesis, 'id'> => {
      const segments = lists.map((candidates, at) => ({
        ...sample.segments[0]!,
        text: candidates[0]!.text,
        seek: 100 * at,
      }));
      return {
        ...sample,
        origin: { ...sample.origin, reference: reference.join(' ') },
        text: segments
          .map(({ text }) => text)
          .join('')
          .trim(),
        segments,
        nBest: lists.map((candidates, at) => ({ ...emptyList, seek: 100 * at, candidates })),
      };
    }),
  { minLength: 1, maxLength: 6 },
);
const named = (made: readonly Omit<Hypothesis, 'id'>[]): Hypothesis[] =>
  made.map((one, at) => ({ ...one, id: `u${at}` }));

const sweep = (given: readonly Hypothesis[], options: Parameters<typeof sweepWeights>[0]): Promise<WeightSetting[]> =>
  lastValueFrom(from(given).pipe(sweepWeights(options), toArray()));

describe('sweep-weights', () => {
  const folder = folderPerTest();

  it('tells of every setting the errors that scoring what rescore writes under it counts', () =>
    fc.assert(
      fc.asyncProperty(
        hypotheses,
        fc.record({
          fragmentPolicy: fc.constantFrom('inherit' as const, 'once' as const),
          otherPolicy: fc.constantFrom('class' as const, 'neutral' as const),
          lengthPenalties: fc.constantFrom<number[]>([], [0.5]),
        }),
        async (made, policies) => {
          const given = named(made);
          const settings = await sweep(given, { ...policies, points: 4, to: 3 });
          assert.equal(settings.length, 3 * 4 * (1 + policies.lengthPenalties.length));
          for (const setting of settings.filter((_, at) => at % 5 === 0)) {
            const { weight, lengthPenalty, otherPolicy, fragmentPolicy } = setting;
            const options = { rescore: setting.rescore as 'internal', weight, lengthPenalty } as const;
            const terms = { ...options, otherPolicy, fragmentPolicy } as Parameters<typeof rescore>[0];
            const scores = await lastValueFrom(
              from(given).pipe(
                rescore(terms),
                map((hypothesis) => ({ hypothesis })),
                score(),
                toArray(),
              ),
            );
            const sums = scores.map(({ counts: { overall } }) => [
              overall.substitutions + overall.deletions + overall.insertions,
              overall.units,
            ]);
            assert.deepEqual(
              [setting.errors, setting.units],
              [0, 1].map((side) => sums.reduce((sum, one) => sum + one[side]!, 0)),
            );
          }
        },
      ),
      { numRuns: 15 },
    ));

  it('finds by golden section as few errors as anywhere in a valley, at fewer weights', async () => {
    // English wins from a weight on that differs between the utterances, and is right in the first half of them alone.
    const list = (at: number) => ({
      ...emptyList,
      candidates: [
        candidateOf('我', [
          { logProbability: -1, language: 0, internal: [0.5, 0.5, 0], external: [0.2, 0.8, 0], characters: 1 },
        ]),
        candidateOf('eat', [
          {
            logProbability: -1 - at * 0.1,
            language: 1,
            internal: [0.5, 0.5, 0],
            external: [0.2, 0.8, 0],
            characters: 3,
          },
        ]),
      ].map((one) => ({ ...one, ended: false })),
    });
    const given = Array.from({ length: 20 }, (_, at): Hypothesis => ({
      ...sample,
      id: `u${at}`,
      origin: { ...sample.origin, reference: at < 10 ? 'eat' : '我' },
      text: '我',
      nBest: [list(at)],
    }));
    const common = { rescore: ['external'], from: 0, to: 2 } as const;
    const grid = await sweep(given, { ...common, rescore: ['external'], points: 401 });
    const golden = await sweep(given, { ...common, rescore: ['external'], search: 'golden', tolerance: 0.02 });
    const least = (settings: readonly WeightSetting[]): number => Math.min(...settings.map(({ errors }) => errors));
    assert.equal(least(grid), 0);
    assert.equal(least(golden), 0);
    assert.ok(golden.length < 16, `${golden.length} weights`);
  });

  it('tries the terms that the lists allow, and scores of others in ranges', async () => {
    const [one] = named(fc.sample(hypotheses, { seed: 7, numRuns: 1 })[0]!);
    const bare = one!.nBest!.map((list) => ({
      ...list,
      scoreNames: ['lm'],
      candidates: list.candidates.map((each) => ({ ...each, external: null, scores: Float64Array.of(-1) })),
    }));
    const settings = await sweep([{ ...one!, nBest: bare }], { points: 2, scoreWeights: ['lm=0:0.2:0.1'] });
    assert.deepEqual(
      settings.map(({ rescore: mode, weight, scoreWeights }) => [mode, weight, ...scoreWeights]),
      ['lm=0', 'lm=0.1', 'lm=0.2'].flatMap((lm) => [0, 2].map((weight) => ['internal', weight, lm])),
    );
    await assert.rejects(sweep([{ ...one!, nBest: null }], {}), (error) => error instanceof RecordError);
    const silent = { ...one!, origin: { ...one!.origin, reference: null } };
    await assert.rejects(sweep([silent], {}), (error) => error instanceof RecordError && error.code === 'no-reference');
  });

  it('ends in a file of the best weights, under which rescore makes as few errors as the sweep told', async () => {
    const given = named(fc.sample(hypotheses, { seed: 3, numRuns: 1 })[0]!);
    const settings = await sweep(given, { points: 21 });
    const path = folder('weights.json');
    await lastValueFrom(from(settings).pipe(writeWeights({ path })));
    const { found } = JSON.parse(readFileSync(path, 'utf8')) as { found: { errors: number } };
    assert.equal(found.errors, Math.min(...settings.map(({ errors }) => errors)));
    const scores = await lastValueFrom(
      from(given).pipe(
        rescore({ weights: path }),
        map((hypothesis) => ({ hypothesis })),
        score(),
        toArray(),
      ),
    );
    const errors = scores.map(
      ({ counts: { overall } }) => overall.substitutions + overall.deletions + overall.insertions,
    );
    assert.equal(
      errors.reduce((sum, one) => sum + one, 0),
      found.errors,
    );
  });
});
