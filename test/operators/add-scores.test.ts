import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { lastValueFrom, of } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { addScores } from '../../src/operators/add-scores.ts';
import { rescore } from '../../src/operators/rescore.ts';
import type { Hypothesis } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { hypothesis as sample } from '../support/sample-records.ts';
import { candidateOf, emptyList } from '../support/stored-lists.ts';

const token = (logProbability: number) =>
  ({ logProbability, language: 0, internal: [0.7, 0.2, 0.1], characters: 1 }) as const;
const list = {
  ...emptyList,
  candidates: ['他', 't'].map((text, at) => ({ ...candidateOf(text, [token(-1 - at / 2)]), ended: false })),
};
const hypothesis: Hypothesis = { ...sample, id: 'u1', nBest: [list, list] };

describe('add-scores', () => {
  const folder = folderPerTest();

  async function added(name: string, text: string, names = ['lm']): Promise<Hypothesis> {
    writeFileSync(folder(name), text);
    return lastValueFrom(of(hypothesis).pipe(addScores({ path: folder(name), names })));
  }
  const scores = ({ nBest }: Hypothesis) => nBest!.map(({ candidates }) => candidates.map((one) => [...one.scores]));

  it('puts the columns of JSON lines, CSV and TSV beside the candidates that they name', async () => {
    const rows = [
      ['u1', 1, 1, -4, 0.5],
      ['u1', 0, 0, -1, 0],
      ['u2', 0, 0, -9, 9],
      ['u1', 0, 1, -2, -7],
      ['u1', 1, 0, -3, 1e-3],
    ] as const;
    const expected = [
      [
        [0, -1],
        [-7, -2],
      ],
      [
        [1e-3, -3],
        [0.5, -4],
      ],
    ];
    const json = rows.map(([id, window, candidate, lm, kn]) => JSON.stringify({ id, window, candidate, lm, kn }));
    for (const [name, text] of [
      ['scores.jsonl', json.join('\n')],
      ['scores.csv', ['id,window,candidate,lm,kn', ...rows].join('\n')],
      ['scores.tsv', ['id,window,candidate,lm,kn', ...rows].join('\n').replaceAll(',', '\t')],
    ] as const) {
      const found = await added(name, text, ['kn', 'lm']);
      assert.deepEqual(scores(found), expected);
      assert.deepEqual(found.nBest![1]!.scoreNames, ['kn', 'lm']);
    }
  });

  it('lets rescore rank by them, beside the own score or alone', async () => {
    const text = [0, 1].flatMap((window) =>
      [0, 1].map((candidate) => ({ id: 'u1', window, candidate, lm: candidate - 1 })),
    );
    const found = await added('lm.jsonl', text.map((row) => JSON.stringify(row)).join('\n'));
    const said = async (options: Parameters<typeof rescore>[0]) =>
      (await lastValueFrom(of(found).pipe(rescore(options)))).segments.map((segment) => segment.text).join('');
    // Own scores are -1 and -1.5, others -1 and 0: the second wins from a weight of a half on.
    assert.equal(await said({ scoreWeights: ['lm=0.51'] }), 'tt');
    assert.notEqual(await said({ scoreWeights: ['lm=0.49'] }), 'tt');
    assert.equal(await said({ scoreWeights: ['lm=0.01'], ownWeight: 0 }), 'tt');
  });

  it('names the candidate without a score, and the line that cannot be read', async () => {
    await assert.rejects(
      added('some.jsonl', '{"id": "u1", "candidate": 0, "lm": -1}'),
      (error) => error instanceof RecordError && /no lm for candidate 1 of window 0 of u1/.test(error.message),
    );
    for (const [text, fault] of [
      ['{"id": "u1", "candidate": 0}', /:1: there is no "lm"/],
      ['\n{"id": "u1", "candidate": -1, "lm": 0}', /:2: candidate is not a place/],
      ['{"id": "u1", "candidate": 0, "lm": "low"}', /:1: lm is no number/],
      ['[', /:1: not a JSON object/],
    ] as const) {
      await assert.rejects(
        added('bad.jsonl', text),
        (error) => error instanceof UsageError && fault.test(error.message),
      );
    }
  });
});
