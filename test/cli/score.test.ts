import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecords } from '../../src/tables/reader.ts';
import { diglot } from './command-line.ts';

/** What the test reads of the command's JSON. */
interface Figures {
  readonly profile: string;
  readonly systems: readonly {
    readonly name: string;
    readonly mixed_error_rate: Readonly<
      Record<'rate' | 'units' | 'substitutions' | 'deletions' | 'insertions', number>
    >;
    readonly by_language: Readonly<Record<string, { readonly of: number; readonly count: number }>>;
    readonly points_of_interest: Readonly<Record<string, { readonly of: number; readonly count: number }>>;
    readonly without_hypothesis: readonly string[];
    readonly without_reference: readonly string[];
    readonly faults: readonly string[];
  }[];
  readonly comparisons: readonly { readonly difference: { readonly value: number; readonly p: number } }[];
}

describe('diglot score', function () {
  this.timeout(60_000);
  let folder: string;
  let reference: string[];
  let hypotheses: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-'));
    await writeFile(join(folder, 'ref'), 'u1 yesterday was 星期一 today\nu2 我 们 去 coffee shop\nu3 hello\n');
    // By hand: u1 has 今 for today; u2 traditional script and case alone differ, 咖 is inserted, shop is lost.
    await writeFile(join(folder, 'weak.trn'), 'Yesterday was 星期一今。 (u1)\n我們去咖 Coffee\t(u2)\nextra (u9)\n');
    await writeFile(
      join(folder, 'strong.jsonl'),
      ['yesterday was 星期一 today', '我们去 coffee shop', 'hello']
        .map((text, at) => `{"id":"u${at + 1}","text":"${text}"}\n`)
        .join(''),
    );
    reference = ['--reference', join(folder, 'ref')];
    hypotheses = ['--hypothesis', join(folder, 'weak.trn'), join(folder, 'strong.jsonl')];
  });
  after(() => rm(folder, { recursive: true }));

  const figures = async (...args: string[]): Promise<Figures> =>
    JSON.parse((await diglot('score', ...reference, ...hypotheses, '--json', ...args)).stdout) as Figures;

  it('joins pieces of a recording by their ids, and does not score one that lacks a piece', async () => {
    const [ref, hyp] = [join(folder, 'whole'), join(folder, 'pieces.jsonl')];
    await writeFile(ref, 'talk yesterday was 星期一 today\nother hello there\n');
    const pieces = [
      ['talk#0002', '星期一 today'],
      ['other#0002', 'there'],
      ['talk#0001', 'yesterday was'],
    ];
    await writeFile(hyp, pieces.map(([id, text]) => `${JSON.stringify({ id, text })}\n`).join(''));
    const { status, stdout } = await diglot('score', '--ref', ref, '--hyp', hyp, '--json');
    const [system] = (JSON.parse(stdout) as Figures).systems;
    assert.equal(status, 3);
    assert.deepEqual([system!.mixed_error_rate.rate, system!.mixed_error_rate.units], [0, 6]);
    assert.deepEqual(system!.without_hypothesis, ['other']);
    assert.match(system!.faults[0]!, /other#0001 is missing among the 1 pieces of other; decode it\.$/);
  });

  it('counts what was counted by hand, names the profile, and leaves with 3 where a hypothesis is missing', async () => {
    const { status, stdout, stderr } = await diglot('score', ...reference, ...hypotheses);
    assert.equal(status, 3);
    assert.match(stdout, /^profile canonical, 3 references in .*ref\n/);
    // 1 + 2 errors in 6 + 5 units.
    assert.match(stdout, /\nmixed error rate +27\.27 % +0\.00 %\n/);
    assert.match(stdout, /\n {2}units of the reference +11 +12\n/);
    assert.match(stdout, /\n {2}strong less weak: -27\.27 points, .*, p [\d.]+, on the 2 utterances that both have\n/);
    assert.match(stderr, /weak: 1 reference without a hypothesis, not scored; see --missing: u3\n/);
    assert.match(stderr, /weak: 1 hypothesis without a reference, not scored: u9\n/);
  });

  it('gives the same as JSON: counts by language, PIER, and every id that was left out', async () => {
    const { profile, systems, comparisons } = await figures();
    const { substitutions, deletions, insertions } = systems[0]!.mixed_error_rate;
    assert.deepEqual([profile, substitutions, deletions, insertions], ['canonical', 1, 1, 1]);
    const { zh, en } = systems[0]!.by_language;
    assert.deepEqual([zh!.count, zh!.of, en!.count, en!.of], [1, 6, 2, 5]);
    // Insertions count at the unit before which they stand: 咖 before coffee.
    assert.deepEqual(
      Object.values(systems[0]!.points_of_interest).map((of) => [of.count, of.of]),
      [
        [0, 6],
        [3, 5],
      ],
    );
    assert.deepEqual([systems[0]!.without_hypothesis, systems[0]!.without_reference], [['u3'], ['u9']]);
    assert.ok(Math.abs(comparisons[0]!.difference.value + 3 / 11) < 1e-12);
  });

  it('takes a missing hypothesis for deleted or leaves it out, as it is told', async () => {
    const empty = await figures('--missing', 'empty');
    assert.deepEqual([empty.systems[0]!.mixed_error_rate.units, empty.systems[0]!.mixed_error_rate.deletions], [12, 2]);
    const { status } = await diglot('score', ...reference, ...hypotheses, '--missing', 'skip', '--bootstrap', '0');
    assert.equal(status, 0);
  });

  it('shows the worst utterances with unit under unit, also where characters are wide', async () => {
    const { stdout } = await diglot('score', ...reference, ...hypotheses, '--alignment', '1');
    const aligned = ['REF 我 们 去 ** coffee shop', 'HYP 我 们 去 咖 coffee ****', 'OPS          I         D'];
    assert.ok(stdout.includes(`\nu2  weak: 2 errors in 5 units, 40.00 %\n${aligned.join('\n')}\n`), stdout);
    assert.ok(!stdout.includes('\nu1  weak'), 'the second worst');
  });

  it('writes scores that read-arrow reads, and trn for sclite', async () => {
    const [scores, trn] = [join(folder, 'scores.arrow'), join(folder, 'trn')];
    await diglot('score', ...reference, ...hypotheses, '--per-utterance', scores, '--trn', trn);
    const ids: string[] = [];
    for await (const { kind, id } of readRecords(scores)) ids.push(`${kind} ${id}`);
    assert.deepEqual(
      ids,
      ['u1', 'u2', 'u1', 'u2', 'u3'].map((id) => `score ${id}`),
    );
    assert.equal(
      await readFile(join(trn, 'weak.hyp.trn'), 'utf8'),
      'yesterday was 星 期 一 今 (u1)\n我 们 去 咖 coffee (u2)\n',
    );
  });

  it('lists speakers and draws them whole, and says what is missing where there are none', async () => {
    const spoken = join(folder, 'spoken.trn');
    await writeFile(spoken, 'a b (anna_1)\nc (anna_2)\nd (bo_1)\n');
    const { stdout } = await diglot('score', '--ref', spoken, '--hyp', spoken, '--by', 'speaker');
    assert.match(stdout, /\nspeaker {2}units {2}spoken\nanna +3 +0\.00 %\nbo +1 +0\.00 %\n/);
    const { status, stderr } = await diglot('score', ...reference, ...hypotheses, '--by', 'speaker');
    assert.equal(status, 2);
    assert.match(stderr, /u1 has no speaker; put utt2spk beside/);
  });

  it('refuses what is not there with 2: a profile, a file, a language', async () => {
    const said = async (...args: string[]) => {
      const { status, stderr } = await diglot('score', ...args);
      assert.equal(status, 2, stderr);
      return stderr;
    };
    assert.match(await said(...reference, ...hypotheses, '--profile', 'canonicl'), /did you mean canonical\?/);
    assert.match(
      await said(...reference, '--hypothesis', 'nowhere.trn'),
      /cannot read nowhere\.trn: it does not exist/,
    );
    assert.match(await said(...reference, ...hypotheses, '--languages', 'zh,xx'), /in which script "xx" is written/);
    assert.match(await said(...reference), /required option '--hypothesis <path\.\.\.>' not specified/);
  });
});
