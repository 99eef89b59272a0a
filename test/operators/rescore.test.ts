import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { lastValueFrom, of } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { rescore } from '../../src/operators/rescore.ts';
import type { Hypothesis } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { hypothesis as sample } from '../support/sample-records.ts';
import { candidateOf, emptyList } from '../support/stored-lists.ts';

const token = (logProbability: number, language: 0 | 1) =>
  ({ logProbability, language, internal: [0.7, 0.2, 0.1], external: [0.1, 0.8, 0.1], characters: 1 }) as const;
const hypothesis: Hypothesis = {
  ...sample,
  nBest: [{ ...emptyList, candidates: [candidateOf('他', [token(-1, 0)]), candidateOf('t', [token(-1.5, 1)])] }].map(
    (list) => ({ ...list, candidates: list.candidates.map((one) => ({ ...one, ended: false })) }),
  ),
};
const run = (options: Parameters<typeof rescore>[0], given = hypothesis): Promise<Hypothesis> =>
  lastValueFrom(of(given).pipe(rescore(options)));

describe('rescore', () => {
  const folder = folderPerTest();

  it('writes down what wins under the terms, and drops the lists unless they shall be kept', async () => {
    const plain = await run({});
    assert.deepEqual(plain, { ...hypothesis, nBest: null });
    const replaced = await run({ rescore: 'replace', weight: 1, keepLists: true });
    assert.equal(replaced.text, 't');
    assert.deepEqual(replaced.nBest, hypothesis.nBest);
    assert.deepEqual(
      replaced.segments.map(({ text, start, end, tokenScores }) => [text, start, end, tokenScores[0]!.language]),
      [['t', 0, 1, 'en']],
    );
    assert.ok(Math.abs(replaced.segments[0]!.tokenScores[0]!.score - (-1.5 + Math.log(0.8 / 0.2))) < 1e-6);
  });

  it('takes its weights from the file of a sweep, and says what is wrong with another', async () => {
    writeFileSync(folder('weights.json'), JSON.stringify({ rescore: 'replace', weight: 1, dev: 'more' }));
    assert.equal((await run({ weights: folder('weights.json'), rescore: 'plain' })).text, 't');
    writeFileSync(folder('wrong.json'), JSON.stringify({ rescore: 'replace', weight: -1 }));
    await assert.rejects(
      run({ weights: folder('wrong.json') }),
      (error) => error instanceof UsageError && /weight/.test(error.message),
    );
    await assert.rejects(run({ weights: folder('none.json') }), UsageError);
  });

  it('gives an error row where there are no lists', async () => {
    await assert.rejects(
      run({}, { ...hypothesis, nBest: null }),
      (error) => error instanceof RecordError && error.code === 'no-lists' && /decode-nbest/.test(error.message),
    );
  });
});
