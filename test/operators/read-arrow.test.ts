import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { firstValueFrom, from, lastValueFrom, take, toArray } from 'rxjs';
import { startGraph } from '../../src/graphs/run.ts';
import { readArrow } from '../../src/operators/read-arrow.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type { Hypothesis } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { planOf, sinkTo, utterances } from '../support/plans.ts';
import { recordsByKind } from '../support/records.ts';

describe('read-arrow', () => {
  const folder = folderPerTest();
  // A folder of parts holds an id once.
  const hypotheses: readonly Hypothesis[] = fc
    .sample(recordsByKind.hypothesis, { numRuns: 40, seed: 3 })
    .map((hypothesis, i) => ({ ...hypothesis, id: `${i} ${hypothesis.id}` }));

  it('gives what write-arrow took, from a file, a folder and a list', async () => {
    await lastValueFrom(from(hypotheses).pipe(writeArrow({ path: folder('one.arrow'), rowsPerBatch: 7 })));
    await lastValueFrom(from(hypotheses).pipe(writeArrow({ path: folder('parts'), rowsPerPart: 9 })));
    const read = (path: string | string[]) => lastValueFrom(readArrow({ path }).pipe(toArray()));
    assert.deepEqual(await read(folder('one.arrow')), hypotheses);
    assert.deepEqual(await read(folder('parts')), hypotheses);
    assert.deepEqual(await read([folder('parts'), folder('one.arrow')]), [...hypotheses, ...hypotheses]);
  });

  it('reads only as much as is asked for', async () => {
    await lastValueFrom(from(hypotheses).pipe(writeArrow({ path: folder('one.arrow'), rowsPerBatch: 2 })));
    assert.deepEqual(await firstValueFrom(readArrow({ path: folder('one.arrow') }).pipe(take(1))), hypotheses[0]);
  });

  it('tells a graph how much there is to come', async () => {
    await lastValueFrom(from(utterances(10)).pipe(writeArrow({ path: folder('list.arrow') })));
    const options = { path: folder('list.arrow'), kind: 'utterance' };
    const plan = planOf({ in: { op: readArrow, with: options }, out: { op: sinkTo([]), from: 'in' } });
    const report = await startGraph(plan, { note: () => undefined }).finished;
    assert.deepEqual([report.written, report.expected, report.imbalances], [10, 10, []]);
  });

  it('refuses files of another kind, and places without Arrow files, before the first record', async () => {
    await lastValueFrom(from(utterances(1)).pipe(writeArrow({ path: folder('list.arrow') })));
    const read = (path: string) => lastValueFrom(readArrow({ path }));
    await assert.rejects(read(folder('list.arrow')), {
      code: 'arrow-kind',
      message: /utterance and not hypothesis; set kind: "utterance"/,
    });
    await assert.rejects(read(folder('absent')), { code: 'arrow-file', message: /does not exist/ });
    mkdirSync(folder('empty'));
    await assert.rejects(read(folder('empty')), { code: 'arrow-file', message: /holds no file/ });
    writeFileSync(folder('cut.arrow'), 'cut');
    await assert.rejects(read(folder('cut.arrow')), { code: 'arrow-file', message: /cut\.arrow .*cut off/ });
  });
});
