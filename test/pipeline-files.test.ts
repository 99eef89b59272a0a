import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { check } from '../src/graphs/check.ts';
import { formatFault } from '../src/graphs/faults.ts';
import { loadPipelines } from '../src/graphs/load.ts';
import { pipelineSchema } from '../src/graphs/pipeline-schema.ts';
import { operators } from '../src/operators/registry.ts';
import { checkFiles } from './graphs/load-text.ts';

const page = await readFile(new URL('../docs/pipeline-files.md', import.meta.url), 'utf8');

/** Code blocks of the page: the language, the file name where the first line gives one, the text. */
const blocks = [...page.matchAll(/^```(\w+)\n(?:\/\/ (\S+)\n)?([^]*?)^```$/gm)].map(([, language, name, text]) => ({
  language: language!,
  name: name ?? null,
  text: name === undefined ? text! : `// ${name}\n${text!}`,
}));

describe('docs/pipeline-files.md', () => {
  const beside = Object.fromEntries(blocks.flatMap(({ name, text }) => (name === null ? [] : [[name, text]])));
  const told = blocks
    .find(({ language }) => language === 'text')!
    .text.trimEnd()
    .split('\n');

  for (const [index, { language, name, text }] of blocks.entries()) {
    if (language !== 'json' && language !== 'ts') continue;
    if (name === 'front-end.json' || name === 'wrong.json') continue;
    it(`has an example ${index + 1} (${name ?? text.split('\n')[1]!.trim()}) without faults`, async () => {
      const main = language === 'ts' ? 'p.ts' : (name ?? 'p.json');
      // A file outside this repository finds the package where it was installed; here it is the source.
      const source = text.replace("'diglot'", `'${new URL('../src/graphs/pipeline-schema.ts', import.meta.url).href}'`);
      const parameters: Record<string, string> = text.includes('"corpus"') ? { corpus: 'train.jsonl' } : {};
      const checked = await checkFiles({ [main]: source, ...beside, [main]: source }, { operators, parameters });
      assert.deepEqual(
        checked.flatMap((each) => each.told),
        [],
      );
      assert.ok(checked.every(({ plan }) => plan !== null));
    });
  }

  it('shows the faults that the wrong file has', async () => {
    const [checked] = await checkFiles({ 'wrong.json': beside['wrong.json']! }, { operators });
    assert.deepEqual(
      checked!.told.map((line) => `wrong.json:${line}`),
      told,
    );
  });

  it('names every key of a pipeline, a node and a parameter', () => {
    const { shape } = pipelineSchema;
    for (const key of [
      ...Object.keys(shape),
      'op',
      'use',
      'from',
      'with',
      'concurrency',
      'id',
      'attempts',
      'maxRate',
      'action',
      'choices',
      'short',
    ]) {
      assert.match(page, new RegExp(`[\`"]${key.replace('$', '\\$')}[\`"]`), key);
    }
  });
});

describe('pipelines that come with diglot', () => {
  it('check without faults, given what they require', async () => {
    const folder = new URL('../pipelines/', import.meta.url);
    const files = (await readdir(folder)).filter((name) => /\.(json|ts)$/.test(name));
    assert.ok(files.length > 0);
    for (const file of files) {
      const declared = (await loadPipelines(`pipelines/${file}`)).flatMap(({ params }) => params);
      const parameters = Object.fromEntries(declared.filter(({ required }) => required).map(({ name }) => [name, 'x']));
      for (const loaded of await loadPipelines(`pipelines/${file}`, { parameters })) {
        if (loaded.root.value instanceof Map && loaded.root.value.has('input')) continue;
        assert.deepEqual(check(loaded).faults.map(formatFault), [], file);
      }
    }
  });
});
