import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { check } from '../src/graphs/check.ts';
import { formatFault } from '../src/graphs/faults.ts';
import { loadPipelines } from '../src/graphs/load.ts';

/** What the experiments import is no experiment. */
const parts = ['systems.ts', 'reference-language.ts'];

const experiments = [
  'adapters',
  'ceilings',
  'defaults',
  'evidence',
  'mixtures',
  'moving-mixtures',
  'priming',
  'prompts',
  'weights',
  'wrong-language',
];

describe('pipelines/experiments', function () {
  this.timeout(120_000);
  const tables: string[] = [];

  for (const file of experiments) {
    it(`${file} checks without faults`, async () => {
      const loaded = await loadPipelines(`pipelines/experiments/${file}.ts`, { parameters: { files: 'x', out: 'y' } });
      assert.ok(loaded.length > 0);
      for (const { plan, faults } of loaded.map((each) => check(each))) {
        assert.deepEqual(faults.map(formatFault), []);
        const writers = plan!.nodes.filter(
          ({ operator, implicit }) => operator.description.name === 'write-arrow' && !implicit,
        );
        tables.push(...writers.map(({ options }) => String(options['path'])));
      }
    });
  }

  it('write every table once', () => {
    assert.equal(new Set(tables).size, tables.length);
    assert.ok(tables.includes('y/internal@0.3.scores.arrow'));
  });

  it('are all named above', async () => {
    const files = (await readdir('pipelines/experiments')).filter((name) => !parts.includes(name)).sort();
    assert.deepEqual(
      files,
      experiments.map((name) => `${name}.ts`),
    );
  });
});
