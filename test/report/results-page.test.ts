import assert from 'node:assert/strict';
import { resultsPage, type Corpus } from '../../src/report/results-page.ts';
import { systemFigures } from '../../src/report/system-figures.ts';
import type { TokenScore } from '../../src/records.ts';
import { teacherForcedCounts } from '../../src/scoring/teacher-forced.ts';
import { summarise } from '../../src/scoring/summary.ts';
import { sampleScores } from './sample-run.ts';

const rates = { good: 0.05, base: 0.3, same: 0.3, bad: 0.7, 'oracle-tag': 0.01, 'a|b`<i>': 0.3 };
const scores = new Map(Object.entries(rates).map(([name, rate], at) => [name, sampleScores(name, rate, at + 1)]));
const systems = [...scores].map(([name, ofSystem]) => systemFigures(name, ofSystem));
const corpus: Corpus = { title: 'A corpus', folder: 'runs/a', systems, baseline: systems[1]! };
const page = resultsPage('# Results\n', [['machine', 'two cores']], [corpus]);
const rows = page.split('\n').filter((line) => line.startsWith('| '));
const cells = (name: string) =>
  rows
    .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
    .find(([first]) => first?.split(' ')[0] === name)!;

describe('resultsPage', () => {
  it('has the rates that summarise gives, a row for each system, all of one width', () => {
    for (const name of ['good', 'base', 'bad']) {
      const { mixedErrorRate } = summarise(scores.get(name)!);
      assert.equal(cells(name)[1], `${(100 * mixedErrorRate.rate!).toFixed(1)} %`);
    }
    assert.equal(rows.length, systems.length + 2);
    assert.equal(new Set(rows.map((row) => row.split('|').length)).size, 1);
  });

  it('says in words what is better, what is worse and what cannot be told, and counts no oracle among them', () => {
    const said = (verdict: string) => new RegExp(`- ${verdict}: (.*)`).exec(page)?.[1];
    assert.equal(said('better'), '`good`');
    assert.equal(said('worse'), '`bad`');
    assert.deepEqual(said('not to be told from it')?.split(', ').sort(), ['`a_b__i_`', '`same`']);
    assert.equal(cells('oracle-tag')[0], 'oracle-tag (told the reference)');
  });

  it('tells what the best choice between the systems would give, no oracle among them', () => {
    const real = [...scores].filter(([name]) => !name.startsWith('oracle')).map(([, ofSystem]) => ofSystem);
    const best = real[0]!.map((_, at) => {
      const counts = real.map((ofSystem) => ofSystem[at]!.counts.overall);
      const errors = counts.map(({ substitutions, deletions, insertions }) => substitutions + deletions + insertions);
      return [Math.min(...errors), counts[0]!.hits + counts[0]!.substitutions + counts[0]!.deletions] as const;
    });
    const sum = (which: 0 | 1) => best.reduce((total, each) => total + each[which], 0);
    assert.match(page, new RegExp(`these 5 systems errs least would have ${((100 * sum(0)) / sum(1)).toFixed(1)} %`));
  });

  it('holds a and q against each other where references were fed to the decoder, and judges no oracles alone', () => {
    const token = (language: string, zh: number): TokenScore => ({
      token: 1,
      characters: 1,
      logProbability: -1,
      score: -1,
      language,
      internal: [zh, 1 - zh, 0],
      external: [0.5, 0.5],
    });
    const tokens = [token('zh', 0.75), token('en', 0.75)];
    const forced = teacherForcedCounts(tokens, tokens, ['zh', 'en']);
    const fed = sampleScores('oracle-q', 0.3, 1, 1).map((score) => ({ ...score, counts: { ...score.counts, forced } }));
    const system = systemFigures('oracle-q', fed);
    const told = resultsPage('', [], [{ ...corpus, systems: [system], baseline: system }]);
    const a = -(Math.log(0.75) + Math.log(0.25)) / 2;
    assert.ok(
      told.includes(
        `| oracle-q | 12 | 50.0 % | ${a.toFixed(3)} | 25.0 % | 50.0 % | ${Math.LN2.toFixed(3)} | 0.0 % | 1.000 |`,
      ),
      told,
    );
    assert.doesNotMatch(told, /Against/);
    assert.doesNotMatch(page, /Teacher-forced/);
  });

  it('tells the few utterances of a small corpus one by one', () => {
    const [few, many] = [1, 4].map((count) => {
      const pair = ['base', 'good'].map((name, at) =>
        systemFigures(name, sampleScores(name, 0.3 - 0.2 * at, at, count)),
      );
      return { pair, page: resultsPage('', [], [{ ...corpus, systems: pair, baseline: pair[0]! }]) };
    });
    const each = few!.page.slice(few!.page.indexOf('Each utterance:'));
    for (const { name, outcomes } of few!.pair) {
      const rates = [...outcomes.values()].map(({ errors, units }) => `${((100 * errors) / units).toFixed(1)} %`);
      assert.ok(each.includes(`| ${name} | ${rates.join(' | ')} |`), each);
    }
    assert.doesNotMatch(many!.page, /Each utterance/);
  });

  it('begins with the introduction and the facts', () => {
    assert.match(page, /^# Results\n\n- machine: two cores\n\n## A corpus\n/);
  });
});
