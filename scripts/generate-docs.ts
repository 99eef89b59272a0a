/**
 * Writes what is generated from the operators, the pipeline schema and the pipelines: docs/operators.md,
 * docs/pipeline.schema.json and docs/transcribe.svg.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { check } from '../src/graphs/check.ts';
import { drawSvg } from '../src/graphs/drawing/draw-svg.ts';
import { pipelineJsonSchema } from '../src/graphs/json-schema.ts';
import { loadPipelines } from '../src/graphs/load.ts';
import { operatorManual } from '../src/graphs/manual.ts';
import { operators } from '../src/operators/registry.ts';

/** Path from the repository's root -> content, as Prettier would have it. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const texts = [
    ['docs/operators.md', operatorManual(operators)],
    ['docs/pipeline.schema.json', JSON.stringify(pipelineJsonSchema(operators))],
  ] as const;
  const pretty = texts.map(async ([path, text]) => {
    const url = new URL(`../${path}`, import.meta.url);
    return [path, await format(text, { ...(await resolveConfig(url)), filepath: path })] as const;
  });
  return new Map([...(await Promise.all(pretty)), ['docs/transcribe.svg', await transcribeDrawing()]]);
}

async function transcribeDrawing(): Promise<string> {
  const file = fileURLToPath(new URL('../pipelines/transcribe.json', import.meta.url));
  const [loaded] = await loadPipelines(file, { parameters: { files: 'recordings' } });
  const { plan } = check(loaded!);
  if (plan === null) throw new Error('pipelines/transcribe.json has faults; see "diglot check".');
  return drawSvg(plan);
}

if (import.meta.filename === process.argv[1]) {
  for (const [path, text] of await generatedDocs()) await writeFile(new URL(`../${path}`, import.meta.url), text);
}
