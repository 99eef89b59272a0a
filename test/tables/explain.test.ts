import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { from, lastValueFrom } from 'rxjs';
import type { Plan } from '../../src/graphs/plan.ts';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import { explainArrow } from '../../src/tables/explain.ts';
import { openPart } from '../../src/tables/part-writer.ts';
import { modelDevice, modelHash, modelsIn, planProvenance } from '../../src/tables/provenance.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { utterances } from '../support/plans.ts';

const plan: Pick<Plan, 'name' | 'resolved' | 'overrides'> = {
  name: 'list',
  resolved: { name: 'list', nodes: { speech: { op: 'read-manifest', with: { paths: ['音頻/*.wav'] } } } },
  overrides: ['nodes.speech.with.root=corpus'],
};

describe('explainArrow', () => {
  const folder = folderPerTest();

  async function explained(provenance: ReadonlyMap<string, string>): Promise<string> {
    const table = tableOf('utterance');
    assert.ok(table);
    const part = await openPart(folder('out.arrow'), table, provenance, 4);
    for (const record of utterances(10)) await part.append(record);
    await part.commit();
    return explainArrow(folder('out.arrow'));
  }

  it('tells kind, rows, versions, models, overrides, pipeline and columns', async () => {
    const facts = planProvenance(plan);
    facts.set(modelHash('models/base'), 'c0ffee').set(modelDevice('models/base'), 'tfjs-wasm');
    const told = await explained(facts);
    const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
    };
    const bytes = readFileSync(folder('out.arrow')).length;
    for (const line of [
      `file        ${folder('out.arrow')}`,
      'kind        utterance',
      `rows        10 in 3 batches, ${bytes} bytes`,
      `written by  diglot ${version}, Node.js ${process.version}`,
      'model       models/base, sha256 c0ffee, on tfjs-wasm',
      'pipeline    list',
      'overrides   nodes.speech.with.root=corpus',
      '  reference                Utf8, may be null',
    ]) {
      assert.ok(told.includes(`${line}\n`), `${line} is not in\n${told}`);
    }
    assert.ok(told.includes(`apache-arrow ${dependencies['apache-arrow']}`));
    const [, after = ''] = told.split('includes and overrides:\n');
    assert.deepEqual(JSON.parse(after.split('\ncolumns:')[0] ?? ''), plan.resolved);
  });

  it('adds up the parts of a folder, and names a part that is not of them', async () => {
    const write = (count: number, name: string) =>
      lastValueFrom(from(utterances(count)).pipe(writeArrow({ path: folder('parts', name), rowsPerBatch: 4 })));
    await write(5, 'part-00000.arrow');
    await write(6, 'part-00001.arrow');
    assert.match(await explainArrow(folder('parts')), /rows +11 in 2 parts, 4 batches, \d+ bytes\nwritten by/);
    const table = tableOf('utterance');
    assert.ok(table);
    const part = await openPart(folder('parts', 'z.arrow'), table, planProvenance(plan), 4);
    await part.commit();
    const told = await explainArrow(folder('parts'));
    assert.ok(told.includes(`but         ${folder('parts', 'z.arrow')} came to be otherwise; explain it alone\n`));
  });

  it('says when no pipeline wrote the file', async () => {
    const told = await explained(new Map());
    assert.match(told, /pipeline {4}none: written by a program\noverrides {3}none\n/);
  });

  it('lets no metadata command the terminal', async () => {
    const told = await explained(new Map([['diglot.pipeline.name', 'bad\u001b[2Jname\u009b1m']]));
    assert.match(told, /pipeline {4}bad\?\[2Jname\?1m/);
  });
});

describe('modelsIn', () => {
  it('gathers what is known of each model, whatever dots its name has', () => {
    const metadata = new Map([
      [modelHash('openai/whisper-large-v3.5'), 'abc'],
      [modelDevice('openai/whisper-large-v3.5'), 'tfjs-node'],
      [modelHash('a'), 'def'],
      ['diglot.kind', 'hypothesis'],
    ]);
    assert.deepEqual(modelsIn(metadata), [
      { name: 'a', sha256: 'def', device: null },
      { name: 'openai/whisper-large-v3.5', sha256: 'abc', device: 'tfjs-node' },
    ]);
  });
});
