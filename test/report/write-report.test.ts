import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport, type ReportOptions } from '../../src/report/write-report.ts';
import type { Score } from '../../src/records.ts';
import { compareRates } from '../../src/scoring/bootstrap.ts';
import { summarise } from '../../src/scoring/summary.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import {
  allNodes,
  attribute,
  byId,
  elements,
  parseHtml,
  rowsIn,
  textOf,
  type HtmlNode,
} from '../support/parse-html.ts';
import { sampleScores, writeSampleRun, writeScores } from './sample-run.ts';

const options: ReportOptions = { baseline: null, system: null, worst: 5, audioBytes: 1e6 };
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

describe('writeReport', () => {
  let folder: string;
  let scores: ReadonlyMap<string, readonly Score[]>;
  let text: string;
  let page: HtmlNode;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-'));
    scores = await writeSampleRun(folder);
    text = await writeReport(folder, options);
    page = parseHtml(text);
  });
  after(() => rm(folder, { recursive: true }));

  it('has a row for every system with what summarise and the paired bootstrap say', () => {
    const [head, ...rows] = rowsIn(elements(byId(page, 'systems'), 'table')[0]!);
    assert.equal(head?.[1], 'mixed error rate');
    const kinds = rowsIn(elements(byId(page, 'systems'), 'table')[1]!);
    assert.equal(rows.length, scores.size);
    for (const [name, ofSystem] of scores) {
      const row = rows.find(([first]) => first?.split(' ')[0] === name);
      const { mixedErrorRate } = summarise(ofSystem);
      assert.equal(row?.[1], percent(mixedErrorRate.rate!), name);
      assert.deepEqual(kinds.find(([first]) => first === name)?.slice(1, 4), [
        String(mixedErrorRate.substitutions),
        String(mixedErrorRate.deletions),
        String(mixedErrorRate.insertions),
      ]);
      if (name === 'baseline') continue;
      const outcome = ({ counts: { overall: c }, id }: Score) => ({
        errors: c.substitutions + c.deletions + c.insertions,
        units: c.units,
        block: id,
      });
      const { value } = compareRates(ofSystem.map(outcome), scores.get('baseline')!.map(outcome));
      assert.equal(Number(row?.[4]?.replace('−', '-')), Number((100 * value!).toFixed(1)), name);
    }
  });

  it('orders systems by their error rate, those that were told the reference last', () => {
    const names = rowsIn(elements(byId(page, 'systems'), 'table')[0]!)
      .slice(1)
      .map(([first]) => first!.split(' ')[0]!);
    assert.equal(names.at(-1), 'oracle-prompt');
    const rates = names.slice(0, -1).map((name) => summarise(scores.get(name)!).mixedErrorRate.rate!);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    );
  });

  it('tells the error rates by language and by type of utterance', () => {
    const [head, ...rows] = rowsIn(elements(byId(page, 'systems'), 'table')[2]!);
    assert.deepEqual(head, ['system', 'zh CER', 'en WER', 'en utterances', 'mixed utterances', 'zh utterances']);
    for (const [name, ...cells] of rows) {
      const { stripped, byUtteranceType } = summarise(scores.get(name!)!);
      const rates = [
        stripped['zh'],
        stripped['en'],
        byUtteranceType['en'],
        byUtteranceType['mixed'],
        byUtteranceType['zh'],
      ];
      assert.deepEqual(
        cells,
        rates.map((each) => percent(each!.rate!)),
        name,
      );
    }
  });

  it('shows the confusion that summarise counts', () => {
    const looked = elements(byId(page, 'confusion'), 'figure')[0]!;
    const { confusion } = summarise(scores.get(textOf(elements(looked, 'figcaption')[0]!))!);
    const [, zh] = rowsIn(looked);
    const counts = zh!.slice(1).map((cell) => Number(/%\s*(\d+)$/.exec(cell.replaceAll(',', ''))?.[1]));
    assert.deepEqual(counts, Object.values(confusion['zh']!));
  });

  it('shows the worst utterances with both texts in words, and audio only where there is some', () => {
    const shown = elements(byId(page, 'utterances'), 'article');
    assert.equal(shown.length, options.worst);
    const looked = scores.get(/Charts and utterances are of ([^ ]+)\./.exec(textOf(page))![1]!)!;
    const errors = new Map(
      looked.map(({ id, counts: { wrongUtterances, overall: c } }) => [
        id,
        wrongUtterances * (c.substitutions + c.deletions + c.insertions),
      ]),
    );
    const most = [...errors.values()].sort((a, b) => b - a).slice(0, options.worst);
    assert.deepEqual(
      shown.map((each) => errors.get(textOf(elements(each, 'h3')[0]!))),
      most,
    );
    for (const each of shown) {
      const score = looked.find(({ id }) => id === textOf(elements(each, 'h3')[0]!))!;
      const reference = score.alignment.flatMap((unit) => unit.reference ?? []).join(' ');
      assert.ok(textOf(each).includes(`Reference: ${reference}.`));
      const [audio] = elements(each, 'audio');
      if (score.origin.path.startsWith('missing')) assert.match(textOf(each), /No audio: missing/);
      else assert.match(attribute(audio!, 'src')!, /^data:audio\/wav;base64,UklGR/);
    }
  });

  it('asks nothing of the outside: no address but data and places in the page, and a policy that forbids others', () => {
    const written = text.replace(/base64,[A-Za-z0-9+/=]*/g, '');
    assert.deepEqual(written.match(/https?:|\/\/[a-z]|@import|url\(/gi), null);
    for (const node of allNodes(page)) {
      for (const name of ['src', 'href', 'action', 'poster', 'srcset']) {
        const address = attribute(node, name);
        if (address !== null) assert.match(address, /^(#|data:audio\/wav;base64,)/);
      }
      for (const { name } of node.attrs ?? []) assert.doesNotMatch(name, /^on/);
    }
    const policy = elements(page, 'meta').find((meta) => attribute(meta, 'http-equiv') !== null)!;
    assert.match(attribute(policy, 'content')!, /^default-src 'none'; media-src data:;/);
    const [script] = elements(page, 'script').map(textOf);
    const hash = createHash('sha256').update(script!).digest('base64');
    assert.ok(attribute(policy, 'content')!.includes(`script-src 'sha256-${hash}'`));
  });

  it('names every section, chart, table and player for who cannot see them', () => {
    for (const name of ['section', 'article', 'audio', 'svg', 'nav']) {
      for (const node of elements(page, name)) {
        const named = ['aria-label', 'aria-labelledby', 'aria-hidden'].some((each) => attribute(node, each) !== null);
        assert.ok(named, `${name} ${JSON.stringify(node.attrs)}`);
      }
    }
    const ids = allNodes(page).flatMap((node) => attribute(node, 'id') ?? []);
    assert.equal(new Set(ids).size, ids.length);
    for (const link of elements(page, 'a')) assert.ok(ids.includes(attribute(link, 'href')!.slice(1)));
    assert.ok(
      elements(page, 'table').every((table) => elements(table, 'th').every((th) => attribute(th, 'scope') !== null)),
    );
  });

  it('gives the same bytes again, and no more audio than asked for', async () => {
    assert.equal(await writeReport(folder, options), text);
    const silent = await writeReport(folder, { ...options, audioBytes: 0 });
    assert.deepEqual(elements(parseHtml(silent), 'audio'), []);
    assert.match(silent, /raise --audio/);
  });

  it('compares with the baseline, and looks at the system, that are asked for', async () => {
    const other = parseHtml(await writeReport(folder, { ...options, baseline: 'mixture@0.1', system: 'internal@0.3' }));
    const marked = rowsIn(elements(byId(other, 'systems'), 'table')[0]!).filter((row) => row[4] === 'baseline');
    assert.deepEqual(
      marked.map(([name]) => name),
      ['mixture@0.1 baseline'],
    );
    assert.match(textOf(byId(other, 'utterances')), /The worst utterances of internal@0\.3/);
  });

  it('names what is there where a system is not', async () => {
    await assert.rejects(writeReport(folder, { ...options, system: 'nobody' }), {
      name: 'UsageError',
      message: /has no system "nobody"; it has baseline, internal@0, /,
    });
  });
});

describe('writeReport of odd folders', () => {
  const path = folderPerTest();

  it('refuses folders that are absent, or hold no scores, or something else under their name', async () => {
    await assert.rejects(writeReport(path('none'), options), {
      code: 'run-folder',
      message: /there is no such folder/,
    });
    await assert.rejects(writeReport(path(), options), { code: 'run-folder', message: /holds no file that ends in/ });
    await writeFile(path('x.scores.arrow'), 'no table');
    await assert.rejects(writeReport(path(), options), { code: 'arrow-file' });
  });

  it('makes no element, attribute or script of hostile texts, ids, names and paths', async () => {
    const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'></style></svg>${'\u202e'}&lt;`;
    const scores = sampleScores(attack, 0.5, 3, 1).map((score, at): Score => ({
      ...score,
      id: `${attack}${at}`,
      origin: { ...score.origin, path: attack, speaker: attack },
      utteranceType: attack,
      profile: attack,
      alignment: score.alignment.map((unit) => ({
        ...unit,
        reference: unit.reference && attack,
        hypothesis: unit.hypothesis && attack,
        referenceLanguage: unit.referenceLanguage && attack,
      })),
    }));
    await writeScores(path(), `"><script>alert(3)<`, scores);
    const page = parseHtml(await writeReport(path(), options));
    assert.equal(elements(page, 'script').length, 1);
    assert.deepEqual(elements(page, 'img'), []);
    assert.ok(allNodes(page).every(({ attrs }) => (attrs ?? []).every(({ name }) => !name.startsWith('on'))));
    assert.match(textOf(byId(page, 'utterances')), /"><script>alert\(1\)<\/script>/);
  });

  it('leaves out what cannot be told: one system, no errors, no weights, no probabilities', async () => {
    const perfect = sampleScores('only', 0, 1, 1).map((score): Score => ({
      ...score,
      alignment: score.alignment.map((unit) => ({ ...unit, start: null, end: null, internal: null, external: null })),
    }));
    await writeScores(path(), 'only', perfect);
    const page = parseHtml(await writeReport(path(), options));
    assert.match(textOf(byId(page, 'utterances')), /only makes no error/);
    assert.deepEqual(
      allNodes(page).filter((node) => attribute(node, 'id') === 'weights'),
      [],
    );
    assert.doesNotMatch(textOf(page), /NaN|undefined|null|Infinity/);
  });

  it('compares on the utterances that both systems have, and says so', async () => {
    const all = sampleScores('all', 0.3, 1, 2);
    await writeScores(path(), 'all', all);
    await writeScores(path(), 'some', sampleScores('some', 0.2, 2, 2).slice(3));
    const rows = rowsIn(elements(byId(parseHtml(await writeReport(path(), options)), 'systems'), 'table')[0]!);
    assert.match(rows.find(([name]) => name === 'some')![4]!, /\(9 utt\.\)/);
  });
});
