import assert from 'node:assert/strict';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecords } from '../../src/tables/reader.ts';
import type { Score } from '../../src/records.ts';
import { byId, elements, parseHtml, rowsIn } from '../support/parse-html.ts';
import { type Ended, diglot } from './command-line.ts';

describe('diglot run evaluate, and diglot report', function () {
  this.timeout(600_000);
  let folder: string;
  let ended: Ended;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-'));
    const flags = ['--offline', '--window', 'fit', '--beam', '1', '--temperature', '0', '--quiet'];
    ended = await diglot('run', 'evaluate', '--files', 'fixtures/evaluation.jsonl', '--out', folder, ...flags);
  });
  after(() => rm(folder, { recursive: true }));

  it('scores every utterance that has a text, and lets the others fall', async () => {
    assert.deepEqual([ended.status, ended.stdout], [0, ''], ended.stderr);
    assert.match(ended.stderr, /4 in = 3 written \+ 0 failed \+ 1 dropped/);
    const scores: Score[] = [];
    for await (const score of readRecords(join(folder, 'baseline.scores.arrow'))) scores.push(score as Score);
    assert.deepEqual(
      scores.map(({ id, utteranceType, system }) => [id, utteranceType, system]),
      [
        ['mixed', 'mixed', 'baseline'],
        ['mandarin', 'zh', 'baseline'],
        ['english', 'en', 'baseline'],
      ],
    );
    const english = scores[2]!.counts;
    assert.equal(english.overall.units, 22);
    assert.ok(english.overall.hits >= 20 && english.coverage.speech > 5, JSON.stringify(english.overall));
    assert.ok(
      scores.every(({ alignment }) => alignment.some(({ start, confidence }) => start !== null && confidence !== null)),
    );
    await access(join(folder, 'baseline.hypotheses.arrow'));
  });

  it('writes a page of the folder into it, and tells where', async () => {
    const { status, stdout } = await diglot('report', folder);
    const path = join(folder, 'report.html');
    assert.deepEqual([status, stdout], [0, `${path}\n`]);
    const page = parseHtml(await readFile(path, 'utf8'));
    const [, baseline] = rowsIn(elements(byId(page, 'systems'), 'table')[0]!);
    assert.equal(baseline?.[0], 'baseline baseline');
    const [, kinds] = rowsIn(elements(byId(page, 'systems'), 'table')[1]!);
    assert.equal(kinds?.at(-1), '3');
  });

  it('refuses what it cannot do with status 2', async () => {
    const wrong = await diglot('report', folder, '--baseline', 'beam9');
    assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /has no system "beam9"; it has baseline/);
    assert.match((await diglot('report', folder, '--worst', 'ten')).stderr, /--worst takes a number from 0, not "ten"/);
    assert.equal((await diglot('report', join(folder, 'none'))).status, 2);
  });
});
