/**
 * The invariants of method-specs 1.9 that are about one row, on toy vocabularies and on Whisper's. Those about paths (I2,
 * I15) are in test/decoding, about bytes (I14) in token-language.test.ts, about losses (I7, I16) in test/training.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import { tokenGroups } from '../../src/language/class-masses.ts';
import { floor, rescoringModes, type RescoringMode } from '../../src/language/language-terms.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { publishedTokenLanguages } from '../../src/language/published-token-language.ts';
import { wholeRow, type TokenRow } from '../../src/language/token-row.ts';
import { rescoring, type RescoredRow, type RescoringOptions } from '../../src/language/rescoring.ts';
import { storedTerms } from '../../src/language/stored-terms.ts';
import { tokenLanguages, type ByteState, type TokenLanguages } from '../../src/language/token-language.ts';
import { byteTokenizer } from '../support/byte-tokenizer.ts';
import { candidateOf } from '../support/stored-lists.ts';
import { whisperTokenizer } from '../support/whisper-tokenizer.ts';

const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 200);
const utf8 = new TextEncoder();
/** Two languages, other things, words that go on, pieces of characters. */
const pieces = [
  ...['我', '们', '今天', ' 好', ' the', ' eat', 'ing', 's', "'s", ' ', ',', '3', 'é', 'か', '。'].map((text) =>
    utf8.encode(text),
  ),
  ...[[0xe9], [0xe9, 0xa3], [0xa9], [0xa3, 0xa9], [0xe3], [0x81, 0x8b], [0xc3], [0x90]].map((bytes) =>
    Uint8Array.from(bytes),
  ),
];
const zhEn = languageSet(['zh', 'en']);
const tokenizer = byteTokenizer(pieces);
const toy = tokenLanguages(tokenizer, zhEn);
const size = tokenizer.vocabularySize;
const K = zhEn.classes.length;

/** In 64 bits the closed forms can be held to 1e-10; the code does not care which array it is given. */
const inDouble = (row: readonly number[]): Float32Array => Float64Array.from(row) as unknown as Float32Array;

interface Case {
  readonly row: readonly number[];
  readonly state: ByteState;
  readonly q: Float64Array;
  readonly options: RescoringOptions;
}

const distribution = (length: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fc.double({ min: 0.001, max: 1, noNaN: true }) }, fc.constant(0)), {
      minLength: length,
      maxLength: length,
    })
    .filter((weights) => weights.some((weight) => weight > 0))
    .map((weights) => Float64Array.from(weights, (weight) => weight / weights.reduce((sum, one) => sum + one, 0)));

const score = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -15, max: 15, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(-Infinity) },
);
const rows = fc
  .tuple(
    fc.array(score, { minLength: pieces.length + 1, maxLength: pieces.length + 1 }),
    fc.double({ min: -20, max: 0, noNaN: true }),
  )
  .filter(([scores]) => scores.some((one) => one > -Infinity))
  .map(([scores, rest]) => [...scores, ...new Array<number>(size - scores.length).fill(rest)]);
const states = fc
  .array(fc.nat(pieces.length - 1), { maxLength: 4 })
  .map((tokens) => tokens.reduce((state, token) => toy.next(state, token), toy.start));
const weights = fc.oneof(fc.constantFrom(0, 0.3, 1, 2), fc.double({ min: 0, max: 6, noNaN: true }));
const policies = fc.record({
  fragmentPolicy: fc.constantFrom('inherit' as const, 'once' as const),
  otherPolicy: fc.constantFrom('class' as const, 'neutral' as const),
});
const cases = (modes: readonly RescoringMode[] = rescoringModes): fc.Arbitrary<Case> =>
  fc
    .tuple(rows, states, fc.oneof(distribution(K), distribution(K - 1)), fc.constantFrom(...modes), weights, policies)
    .map(([row, state, q, mode, weight, policy]) => ({ row, state, q, options: { mode, weight, ...policy } }));

const asRow = (values: Float32Array): TokenRow => wholeRow(values, values.length);
const classPolicy = { fragmentPolicy: 'inherit', otherPolicy: 'class' } as const;

/** Normalised log-probabilities of a row after rescoring, with what rescoring says of it. */
function rescored(
  row: readonly number[],
  state: ByteState,
  q: Float64Array | null,
  options: RescoringOptions,
  map: TokenLanguages = toy,
): RescoredRow & { scores: number[] } {
  const values = inDouble(row);
  const result = rescoring(map, options)(asRow(values), state, q);
  return { ...result, scores: Array.from(values, (value) => value - result.normaliser) };
}

const logSoftmax = (row: readonly number[]): number[] => {
  const largest = Math.max(...row);
  const sum = Math.log(row.reduce((total, value) => total + Math.exp(value - largest), 0)) + largest;
  return row.map((value) => value - sum);
};
const argMax = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const near = (found: number, expected: number, tolerance: number, says = ''): void => {
  if (found === expected) return;
  assert.ok(Math.abs(found - expected) <= tolerance, `${says} ${found} instead of ${expected}`);
};
const check = <T>(given: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(given, holds), { numRuns: runs });

/** method-specs 1.4 with sums over the whole vocabulary in place of closed forms. */
function byTheBook({ row, state, q, options }: Case): number[] {
  const { mode, weight, fragmentPolicy, otherPolicy } = options;
  const p = logSoftmax(row).map(Math.exp);
  const classOf = row.map((_, token) => toy.classOf(token, state));
  const a = zhEn.classes.map((_, k) => p.reduce((sum, one, v) => (classOf[v] === k ? sum + one : sum), 0));
  const full = q.length === K ? [...q] : [...q].map((one) => one * (a[0]! + a[1]!)).concat(a[K - 1]!);
  const log = (value: number): number => Math.log(Math.max(value, 1e-8));
  const terms = zhEn.classes.map((_, k) => {
    if (mode === 'internal') return weight * log(a[k]!);
    if (mode === 'external') return weight * log(full[k]!);
    if (mode === 'replace') return weight * (log(full[k]!) - log(a[k]!));
    return mode === 'published' ? weight * full[k]! : 0;
  });
  if (otherPolicy === 'neutral' && mode !== 'plain') terms[K - 1] = Math.max(...terms.slice(0, -1));
  const scale = mode === 'published' ? 1 + weight : 1;
  const scores = p.map((one, v) => {
    const charged = fragmentPolicy === 'inherit' || toy.beginsUnit(v, state);
    return scale * Math.log(one) + (charged ? terms[classOf[v]!]! : 0);
  });
  return logSoftmax(scores);
}

describe('rescoring', () => {
  it('equals the formulas summed over the whole vocabulary, in every mode and policy', () => {
    check(cases(), (given) => {
      const expected = byTheBook(given);
      const { scores } = rescored(given.row, given.state, given.q, given.options);
      scores.forEach((found, v) => near(found, expected[v]!, 1e-9, `token ${v}`));
    });
  });

  it('I1: a is a distribution, and every token has one class', () => {
    check(cases(), ({ row, state, q, options }) => {
      const { internal } = rescored(row, state, q, options);
      near(
        internal.reduce((sum, a) => sum + a),
        1,
        1e-12,
      );
      assert.ok(internal.every((a) => a >= 0));
      const p = logSoftmax(row).map(Math.exp);
      internal.forEach((a, k) => {
        near(
          a,
          p.reduce((sum, one, v) => (toy.classOf(v, state) === k ? sum + one : sum), 0),
          1e-12,
        );
      });
    });
  });

  it('I2: weight 0 leaves every score as plain has it, bit for bit, in every mode', () => {
    check(cases(), ({ row, state, q, options }) => {
      const plain = rescored(row, state, null, { ...options, mode: 'plain' });
      const zero = rescored(row, state, q, { ...options, weight: 0 });
      assert.deepEqual(zero.scores, plain.scores);
    });
  });

  it('I3: external with uniform q changes no score', () => {
    check(cases(['external']), ({ row, state, options }) => {
      const uniform = new Float64Array(K).fill(1 / K);
      const { scores } = rescored(row, state, uniform, { ...options, ...classPolicy });
      logSoftmax(row).forEach((plain, v) => near(scores[v]!, plain, 1e-10));
    });
  });

  it('I4: replace with q = a changes no score, at any weight', () => {
    check(cases(['replace']), ({ row, state, options }) => {
      const a = rescored(row, state, null, { ...options, mode: 'plain' }).internal;
      const { scores } = rescored(row, state, a, options);
      logSoftmax(row).forEach((plain, v) => near(scores[v]!, plain, 1e-10));
    });
  });

  it('I5: replace at weight 1 gives each class exactly q', () => {
    check(cases(['replace']), ({ row, state, options }) => {
      const exact = { ...options, ...classPolicy, weight: 1 };
      const { internal } = rescored(row, state, null, { ...exact, mode: 'plain' });
      fc.pre(internal.every((a) => a > floor));
      const q = Float64Array.of(0.5, 0.3, 0.2);
      const { scores } = rescored(row, state, q, exact);
      q.forEach((share, k) => {
        near(
          scores.reduce((sum, one, v) => (toy.classOf(v, state) === k ? sum + Math.exp(one) : sum), 0),
          share,
          1e-10,
        );
      });
    });
  });

  it('I6: within a class, differences of scores do not depend on q, a or the weight', () => {
    check(cases(['internal', 'external', 'replace']), ({ row, state, q, options }) => {
      const { scores } = rescored(row, state, q, { ...options, fragmentPolicy: 'inherit' });
      const plain = logSoftmax(row);
      zhEn.classes.forEach((_, k) => {
        const mine = row.flatMap((value, v) => (value > -Infinity && toy.classOf(v, state) === k ? [v] : []));
        for (const v of mine) near(scores[v]! - scores[mine[0]!]!, plain[v]! - plain[mine[0]!]!, 1e-10);
      });
    });
  });

  it('I8: internal keeps the greedy choice where its class is the likeliest one', () => {
    check(cases(['internal']), ({ row, state, options }) => {
      const { internal, scores } = rescored(row, state, null, { ...options, ...classPolicy });
      fc.pre(toy.classOf(argMax(row), state) === argMax([...internal]));
      near(scores[argMax(row)]!, Math.max(...scores), 1e-12);
    });
  });

  it('I9: raising q of a class never lowers it against another', () => {
    const raised = fc.tuple(cases(['external', 'replace', 'published']), distribution(K), fc.nat(K - 1));
    check(raised, ([{ row, state, options }, q, k]) => {
      const more = q.map((one, i) => (i === k ? (one + 1) / 2 : one / 2));
      const before = rescored(row, state, q, { ...options, ...classPolicy }).scores;
      const after = rescored(row, state, more, { ...options, ...classPolicy }).scores;
      const mine = row.findIndex((value, v) => value > -Infinity && toy.classOf(v, state) === k);
      fc.pre(mine >= 0);
      row.forEach((value, v) => {
        if (value === -Infinity) return;
        assert.ok(after[mine]! - after[v]! >= before[mine]! - before[v]! - 1e-9, `token ${v}`);
      });
    });
  });

  it('I10: one-hot q at weight 2 and more lets no other class through that leads by less than weight times 18.4', () => {
    check(fc.tuple(cases(['external']), fc.nat(K - 1)), ([{ row, state, options }, k]) => {
      const q = Float64Array.from({ length: K }, (_, i) => (i === k ? 1 : 0));
      const weight = 2 + options.weight;
      const { scores } = rescored(row, state, q, { ...options, ...classPolicy, weight });
      const found = argMax(scores);
      if (toy.classOf(found, state) === k) return;
      row.forEach((value, v) => {
        if (toy.classOf(v, state) === k) assert.ok(row[found]! - value >= weight * 18.4, `token ${v}`);
      });
    });
  });

  it('I11: the order in which languages are declared changes no score', () => {
    const enZh = tokenLanguages(tokenizer, languageSet(['en', 'zh']));
    const swapped = (q: Float64Array): Float64Array => Float64Array.of(q[1]!, q[0]!, ...q.subarray(2));
    const path = fc.array(fc.nat(pieces.length - 1), { maxLength: 4 });
    check(fc.tuple(cases(), path), ([{ row, q, options }, tokens]) => {
      const [mine, theirs] = [toy, enZh].map((map) =>
        tokens.reduce((state, token) => map.next(state, token), map.start),
      );
      const one = rescored(row, mine!, q, options);
      const other = rescored(row, theirs!, swapped(q), options, enZh);
      one.scores.forEach((found, v) => near(found, other.scores[v]!, 1e-9));
      swapped(other.internal).forEach((a, k) => near(a, one.internal[k]!, 1e-12));
    });
  });

  it('I12: scores sum to 1 over the vocabulary, at any weight', () => {
    const heavy = fc.oneof(fc.constantFrom(30, 100), fc.double({ min: 0, max: 100, noNaN: true }));
    check(fc.tuple(cases(), heavy), ([{ row, state, q, options }, weight]) => {
      const { scores } = rescored(row, state, q, { ...options, weight });
      near(
        scores.reduce((sum, one) => sum + Math.exp(one), 0),
        1,
        1e-10,
      );
    });
  });

  it('I13: published at weight 1 chooses by log p + q / 2, and at weight 0 scores as plain does', () => {
    check(cases(['published']), ({ row, state, options }) => {
      const q = Float64Array.of(0.6, 0.3, 0.1);
      const { scores } = rescored(row, state, q, { ...options, ...classPolicy, weight: 1 });
      const expected = logSoftmax(row).map((one, v) => one + q[toy.classOf(v, state)]! / 2);
      near(expected[argMax(scores)]!, Math.max(...expected), 1e-12);
      for (const weight of [1, 2]) {
        const each = rescored(row, state, q, { ...options, weight }).scores;
        near(
          each.reduce((sum, found) => sum + Math.exp(found), 0),
          1,
          1e-10,
        );
      }
      const zero = rescored(row, state, q, { ...options, weight: 0 }).scores;
      logSoftmax(row).forEach((plain, v) => near(zero[v]!, plain, 1e-12));
    });
  });

  it('I17: one-hot q and a large weight always choose a token of that language', () => {
    check(fc.tuple(cases(['external', 'replace']), fc.nat(K - 1)), ([{ row, state, options }, k]) => {
      fc.pre(row.some((value, v) => value > -Infinity && toy.classOf(v, state) === k));
      const q = Float64Array.from({ length: K }, (_, i) => (i === k ? 1 : 0));
      const { scores } = rescored(row, state, q, { ...options, ...classPolicy, weight: 20 });
      assert.equal(toy.classOf(argMax(scores), state), k);
    });
  });

  it('leaves places of a shortlist alone where no token stands', () => {
    const groups = tokenGroups(toy).groups.length;
    const values = Float32Array.of(-1, -Infinity, -2, -Infinity);
    const row: TokenRow = {
      tokens: Int32Array.of(0, -1, 4, -1),
      values,
      endOfText: size,
      special: 4,
      grouped: {
        listedFrom: 4,
        masses: new Float64Array(groups).fill(0.1),
        powerMasses: null,
        bounds: new Float64Array(groups).fill(-3),
      },
    };
    const internal: RescoringOptions = { mode: 'internal', weight: 1, otherPolicy: 'class', fragmentPolicy: 'inherit' };
    const { normaliser } = rescoring(toy, internal)(row, toy.start, null);
    assert.ok(Number.isFinite(normaliser));
    assert.deepEqual([values[1], values[3]], [-Infinity, -Infinity]);
    assert.ok(values[0]! < -1 && values[2]! < -2);
    // The masses are those of the scores now.
    const total = row.grouped!.masses.reduce((sum, mass) => sum + mass, 0);
    assert.ok(Math.abs(Math.log(total) - normaliser) < 1e-9);
  });

  it('tells the log-probability that a token had before', () => {
    check(cases(), ({ row, state, q, options }) => {
      const { logProbability } = rescored(row, state, q, options);
      logSoftmax(row).forEach((plain, v) => near(logProbability(v), plain, 1e-9));
    });
  });

  it('lets the model keep its own share of other where q is over the languages alone', () => {
    check(fc.tuple(cases(['replace']), distribution(K - 1)), ([{ row, state, options }, q]) => {
      const exact = { ...options, ...classPolicy, weight: 1 };
      const { internal, external, scores } = rescored(row, state, q, exact);
      near(external![K - 1]!, internal[K - 1]!, 1e-12);
      fc.pre(internal.every((a) => a > floor) && external!.every((share) => share > floor));
      const other = scores.reduce((sum, one, v) => (toy.classOf(v, state) === K - 1 ? sum + Math.exp(one) : sum), 0);
      near(other, internal[K - 1]!, 1e-9);
    });
  });

  it('says nothing of a row that is masked altogether or is no number, and leaves it as it is', () => {
    for (const fill of [-Infinity, NaN]) {
      for (const mode of rescoringModes) {
        const row = new Float32Array(size).fill(fill);
        const result = rescoring(toy, { mode, weight: 1, ...classPolicy })(
          asRow(row),
          toy.start,
          Float64Array.of(0.5, 0.5),
        );
        assert.equal(result.normaliser, fill);
        assert.deepEqual([...result.internal], [0, 0, 1]);
        assert.ok(row.every((value) => Object.is(value, Math.fround(fill))));
      }
    }
    const row = new Float32Array(size);
    row[3] = NaN;
    assert.ok(
      Number.isNaN(rescoring(toy, { mode: 'internal', weight: 1, ...classPolicy })(asRow(row), 0, null).normaliser),
    );
  });

  it('refuses weights that are no weights, q that is missing, and rows and q of another size', () => {
    for (const weight of [-1, NaN, Infinity, 101]) {
      assert.throws(() => rescoring(toy, { mode: 'internal', weight, ...classPolicy }), UsageError);
    }
    for (const mode of ['external', 'replace', 'published'] as const) {
      const rescore = rescoring(toy, { mode, weight: 1, ...classPolicy });
      assert.throws(() => rescore(asRow(new Float32Array(size)), 0, null), /calibrator/);
      assert.throws(() => rescore(asRow(new Float32Array(size)), 0, new Float64Array(7)), RangeError);
      assert.throws(() => rescore(asRow(new Float32Array(size - 1)), 0, null), RangeError);
    }
  });

  describe("on Whisper's vocabulary", () => {
    const whisper = whisperTokenizer();
    const sets: [string, TokenLanguages][] = [
      ['zh, en', tokenLanguages(whisper, zhEn)],
      ['ru, hi, ja', tokenLanguages(whisper, languageSet(['ru', 'hi', 'ja']))],
      ['the published map', publishedTokenLanguages(whisper, zhEn)],
    ];
    for (const [name, map] of sets) {
      it(`I12: rows of 32 bits sum to 1 within 1e-6 in every mode and policy (${name})`, () => {
        const languages = map.set.languages.length;
        fc.assert(
          fc.property(
            fc.integer(),
            fc.constantFrom(...rescoringModes),
            policies,
            distribution(languages),
            fc.constantFrom(0.3, 1, 3),
            fc.array(fc.nat(whisper.endOfText), { maxLength: 3 }),
            (seed, mode, policy, q, weight, path) => {
              const row = Float32Array.from({ length: whisper.vocabularySize }, (_, v) => {
                const noise = Math.imul(v ^ seed, 2_654_435_761) >>> 0;
                return noise % 50 === 0 ? -Infinity : -14 + noise / 2 ** 29 + (noise % 997 === 0 ? 6 : 0);
              });
              const state = path.reduce((found, token) => map.next(found, token), map.start);
              const { normaliser } = rescoring(map, { mode, weight, ...policy })(asRow(row), state, q);
              near(
                row.reduce((sum, value) => sum + Math.exp(value - normaliser), 0),
                1,
                1e-6,
              );
            },
          ),
          { numRuns: Math.min(40, runs) },
        );
      });
    }
  });
});

describe('storedTerms', () => {
  /** What a search under one setting stores of a row, in 64 bits, for every token of it that may come. */
  function stored({ row, state, q, options }: Case, powers: readonly number[]) {
    const { internal, external, sums, logProbability } = rescored(row, state, q, { ...options, powers });
    const told = sums();
    const tokens = row.flatMap((value, token) => (value === -Infinity ? [] : [token]));
    const column = (of: (token: number) => readonly number[]) => Float64Array.from(tokens.flatMap(of)) as never;
    return {
      tokens,
      powers: told.powers,
      candidate: {
        ...candidateOf('', []),
        logProbabilities: column((token) => [logProbability(token)]),
        classes: column((token) => [toy.classOf(token, state)]),
        internal: column(() => [...internal]),
        external: external && column(() => [...external]),
        begins: column((token) => [toy.beginsUnit(token, state) ? 1 : 0]),
        exempt: column(() => [...told.exempt]),
        powerSums: column(() => [...told.powerSums]),
      },
    };
  }

  it('scores under any terms what was stored under any others as the row itself would, from what is stored alone', () => {
    check(fc.tuple(cases(), cases()), ([searched, { options }]) => {
      const power = options.mode === 'published' ? [1 + options.weight] : [];
      const { tokens, powers, candidate } = stored(searched, power);
      const expected = rescored(searched.row, searched.state, searched.q, options).scores;
      const scores = new Float64Array(tokens.length);
      const sum = storedTerms(options, K, powers)(candidate, scores);
      tokens.forEach((token, at) => near(scores[at]!, expected[token]!, 1e-9 * Math.max(1, -expected[token]!)));
      near(
        sum,
        scores.reduce((total, one) => total + one, 0),
        1e-9 * Math.max(1, -sum),
      );
    });
  });

  it('scores the same with terms that another weight and other policies have left behind', () => {
    check(fc.tuple(cases(), fc.double({ min: 0.01, max: 2, noNaN: true })), ([searched, weight]) => {
      const { options } = searched;
      const { powers, candidate } = stored(searched, [1 + options.weight, 1 + weight]);
      const known = new WeakMap<typeof candidate, Float64Array>();
      storedTerms({ ...options, weight, otherPolicy: 'class', fragmentPolicy: 'once' }, K, powers, known)(candidate);
      assert.equal(storedTerms(options, K, powers, known)(candidate), storedTerms(options, K, powers)(candidate));
    });
  });

  it('refuses what was not stored', () => {
    const candidate = candidateOf('', [{ logProbability: -1, language: 0, internal: [0.5, 0.3, 0.2] }]);
    const terms = { weight: 0.5, ...classPolicy };
    assert.throws(
      () => storedTerms({ ...terms, mode: 'published' }, K, [1.3, 2]),
      /for the weights 0\.3, 1, not for 0\.5/,
    );
    assert.throws(() => storedTerms({ ...terms, mode: 'replace' }, K, [])(candidate), /calibrator/);
    assert.throws(() => storedTerms({ ...terms, mode: 'internal', weight: -1 }, K, []), UsageError);
  });
});
