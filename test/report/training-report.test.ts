import assert from 'node:assert/strict';
import { from, lastValueFrom } from 'rxjs';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type { AnyRecord, HeldOutCheck, TrainingStep } from '../../src/records.ts';
import { isTrainingRun, writeTrainingReport } from '../../src/report/training-report.ts';
import { calibrationCounts, decisionAmong } from '../../src/scoring/calibration.ts';
import { noLosses } from '../support/fake-trainer.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { attribute, byId, elements, parseHtml, rowsIn, textOf } from '../support/parse-html.ts';
import { hypothesis } from '../support/sample-records.ts';

/** A check whose texts have so many errors: ids by number. */
function checkWith(errors: readonly number[], loss: number, isBest = true): HeldOutCheck {
  const decisions = errors.map((wrong, at) => decisionAmong([0.9, 0.1], wrong > at ? 1 : 0));
  const language = { calibration: calibrationCounts(decisions), confusion: [1, 0, 0, 1] };
  return {
    losses: { ...noLosses, total: loss, tokens: loss },
    errors: errors.reduce((sum, each) => sum + each, 0),
    units: 10 * errors.length,
    texts: errors.map((each, at) => ({
      id: `utterance-${at}`,
      reference: '我们 today 去 <b>学校</b>',
      text: each === 0 ? '我们 today 去学校' : `我们图 ${'day '.repeat(each)}去学校`,
      errors: each,
      units: 10,
    })),
    forced: { tokens: calibrationCounts(decisions), internal: language, external: language },
    isBest,
  };
}

export function sampleSteps(count = 60): TrainingStep[] {
  const step = (at: number, check: HeldOutCheck | null): TrainingStep => ({
    kind: 'training-step',
    id: `step-${at}`,
    step: at,
    losses: {
      ...noLosses,
      total: 3 * Math.exp(-at / 20) + 0.2 * Math.sin(at),
      tokens: 2 * Math.exp(-at / 20),
      language: 0.4,
    },
    gradientNorm: 1 + Math.cos(at),
    learningRate: 1e-3 * Math.min(at / 10, 1 - at / count),
    tokens: at === 0 ? 0 : 200,
    seconds: at === 0 ? 0 : 0.25,
    utterances: at === 0 ? [] : ['a', 'b'],
    check,
  });
  const checks = new Map([
    [0, checkWith([5, 4, 0, 3], 3.4)],
    [count / 2, checkWith([2, 4, 0, 1], 1.5)],
    [count, checkWith([1, 5, 0, 2], 1.7, false)],
  ]);
  const rows = Array.from({ length: count + 1 }, (_, at) => step(at, checks.get(at) ?? null));
  return [...rows, { ...step(count, checkWith([0, 4, 0, 6], 1.4)), id: 'result', utterances: [], seconds: 0 }];
}

const write = (path: string, rows: readonly AnyRecord[]) => lastValueFrom(from(rows).pipe(writeArrow({ path })));

describe('the report of a training run', () => {
  const folder = folderPerTest();

  it('tells steps, time, checks and what was chosen, from the rows alone', async () => {
    await write(join(folder(), 'steps.arrow'), sampleSteps());
    assert.ok(isTrainingRun(folder()));
    const text = await writeTrainingReport(folder());
    assert.equal(await writeTrainingReport(folder()), text);
    const page = parseHtml(text);
    assert.match(
      textOf(page).replace(/\s+/g, ' '),
      /60 steps with 120 utterances and 12,000 tokens in 15 s; a step takes 0\.25 s at the median\. The best check: step 30\./,
    );
    const rows = rowsIn(elements(byId(page, 'checks'), 'table')[0]!);
    assert.deepEqual(
      rows.slice(1).map((row) => row.slice(0, 3)),
      [
        ['step 0 *', '3.400', '30.0 %'],
        ['step 30 *', '1.500', '17.5 %'],
        ['step 60', '1.700', '20.0 %'],
        ['what was saved', '1.400', '25.0 %'],
      ],
    );
    const charts = elements(byId(page, 'loss'), 'figcaption').map(textOf);
    assert.deepEqual(charts, [
      'Loss',
      'Its parts, not weighted',
      'Learning rate',
      'Norm of the gradient',
      'Mixed error rate',
    ]);
    assert.equal(elements(byId(page, 'calibration'), 'figure').length, 6);
  });

  it('shows the texts that changed, as text', async () => {
    await write(join(folder(), 'steps.arrow'), sampleSteps());
    const texts = byId(parseHtml(await writeTrainingReport(folder())), 'texts');
    assert.match(
      textOf(texts).replace(/\s+/g, ' '),
      /step 0 against what was saved: 1 better, 1 worse, 0 otherwise; 2 as they were\./,
    );
    assert.deepEqual(elements(texts, 'h3').map(textOf), ['utterance-0', 'utterance-3']);
    assert.equal(elements(texts, 'b').length, 0);
  });

  it('asks nothing of the network', async () => {
    await write(join(folder(), 'steps.arrow'), sampleSteps());
    const page = parseHtml(await writeTrainingReport(folder()));
    const policy = elements(page, 'meta')
      .map((meta) => attribute(meta, 'content') ?? '')
      .join(' ');
    assert.match(policy, /default-src 'none'/);
    for (const name of ['img', 'link', 'iframe']) assert.equal(elements(page, name).length, 0);
    for (const element of elements(page, 'script')) assert.equal(attribute(element, 'src') ?? null, null);
  });

  it('of a run without checks has no empty sections', async () => {
    const rows = sampleSteps().slice(1, -1);
    await write(
      join(folder(), 'steps.arrow'),
      rows.map((row) => ({ ...row, check: null })),
    );
    const page = parseHtml(await writeTrainingReport(folder()));
    assert.deepEqual(elements(page, 'h2').map(textOf), ['Loss', 'How it came to be']);
  });

  it('refuses a table of something else', async () => {
    await write(join(folder(), 'steps.arrow'), [hypothesis]);
    await assert.rejects(
      writeTrainingReport(folder()),
      (error) => error instanceof UsageError && error.code === 'arrow-kind',
    );
  });
});
