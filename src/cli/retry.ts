/** `diglot retry DIR`: runs again what failed, by what the folder itself tells: the pipeline and the utterances. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ErrorRow } from '../records.ts';
import { chooseDisplay } from './display.ts';
import { status } from './exit-status.ts';
import { plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { overrideFlag } from './pipeline-command.ts';
import { addDisplayFlags } from './run.ts';
import { plansOf, runPlan } from './run-pipeline.ts';

const notes = `
What succeeds becomes rows of the folder; what fails again has its new reason in DIR/errors. Paths are taken from the
working folder, as in the run before. A table does not say where the operators of plugins come from, so that no table can
have code run: name their files again with --plugin. Lines of a manifest that could not be read cannot be tried again here: mend the
manifest, and run the same command again.
Exit status: as of diglot run; 0 also where nothing had failed.
`;

export function retryCommand(args: readonly string[] | null): Prepared {
  const command = addDisplayFlags(
    new Command('retry')
      .description('Try again what failed in the runs that filled a folder.')
      .argument('<folder>', 'A folder that write-arrow wrote.')
      .addOption(overrideFlag())
      .option('--plugin <files...>', 'modules with the operators that the pipeline took from plugins'),
  )
    .addHelpText('after', notes)
    .action(async (folder: string) => {
      const { set, plugin } = command.opts<{ set?: readonly string[]; plugin?: readonly string[] }>();
      const { debug } = command.optsWithGlobals<{ debug?: boolean }>();
      process.exitCode = await retry(folder, set ?? [], plugin ?? [], chooseDisplay(command.opts()), debug === true);
    });
  return { command, args: args ?? [] };
}

async function retry(
  folder: string,
  overrides: readonly string[],
  plugins: readonly string[],
  display: ReturnType<typeof chooseDisplay>,
  debug: boolean,
): Promise<number> {
  const { openErrors } = await import('../tables/commits/open-errors.ts');
  const errors = await openErrors(folder);
  const again = errors.filter(({ code }) => code !== 'manifest-line');
  if (errors.length > again.length) {
    process.stderr.write(
      `${plural(errors.length - again.length, 'line')} of manifests cannot be tried again: mend them and run\n`,
    );
  }
  if (again.length === 0) {
    process.stderr.write(`nothing of ${folder} is to be tried again\n`);
    return status.done;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'diglot-retry-'));
  try {
    const file = join(scratch, 'retry.json');
    const pipeline = await pipelineFor(folder, again, join(scratch, 'failed.jsonl'));
    const named = plugins.map((path) => relative(scratch, resolve(path)));
    await writeFile(file, JSON.stringify({ ...pipeline, ...(named.length > 0 && { plugins: named }) }, null, 2));
    const allowTypeScript = named.length > 0;
    const checked = await plansOf({ file, overrides, parameters: {}, allowTypeScript }, display === 'json');
    if (checked === null) return status.usage;
    return await runPlan(checked[0]!.plan, display, debug, { retry: new Set(again.map(({ source }) => source)) });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface ResolvedNode {
  readonly op: string;
  readonly with: Record<string, unknown>;
}

/** The pipeline that the errors came of, with what failed as its manifest where the errors tell all of it. */
async function pipelineFor(folder: string, errors: readonly ErrorRow[], manifest: string) {
  const [{ committedParts }, { readMetadata }, { PIPELINE }, { ERRORS }] = await Promise.all([
    import('../tables/commits/committed-parts.ts'),
    import('../tables/reader.ts'),
    import('../tables/provenance.ts'),
    import('../tables/commits/commit-record.ts'),
  ]);
  const parts = await committedParts(join(folder, ERRORS));
  const text = (await readMetadata(parts.at(-1)!.path)).get(PIPELINE);
  if (text === undefined) {
    throw new UsageError(
      'retry',
      `${folder}: its errors do not tell of a pipeline; they were written by a program of your own.`,
    );
  }
  const pipeline = JSON.parse(text) as { readonly nodes: Record<string, ResolvedNode> };
  const nodes = Object.values(pipeline.nodes);
  const writer = nodes.find(({ op }) => op === 'write-arrow');
  if (writer !== undefined) Object.assign(writer.with, { path: folder, overwrite: false });
  const sources = nodes.filter((node) => !('from' in node));
  const utterances = errors.flatMap(({ utterance }) => utterance ?? []);
  if (sources.length === 1 && sources[0]?.op === 'read-manifest' && utterances.length === errors.length) {
    const lines = new Map(
      utterances.map(({ kind: _, reference, ...rest }) => [
        rest.id,
        JSON.stringify({ ...rest, text: reference ?? undefined }),
      ]),
    );
    await writeFile(manifest, [...lines.values()].map((line) => `${line}\n`).join(''));
    Object.assign(sources[0].with, {
      paths: [manifest],
      format: 'jsonl',
      root: '.',
      within: '/',
      columns: {},
      epochs: 1,
      shuffle: false,
    });
  }
  return pipeline;
}
