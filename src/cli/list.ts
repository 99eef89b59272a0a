/** `diglot list`: the operators that there are; with `--pipelines` the pipelines that have a name. */
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { AnyOperator, Input } from '../operators/define-operator.ts';
import { paintResult } from './paint.ts';
import type { Prepared } from './make-command.ts';
import { findPipeline, packagePipelines, pipelineNames } from './pipeline-path.ts';
import { textTable } from './text-table.ts';

export function listCommand(args: readonly string[] | null): Prepared {
  const command = new Command('list')
    .description('List the operators, or the pipelines.')
    .option('--pipelines', 'Pipelines under pipelines/ of the working folder and of the package.')
    .action(async ({ pipelines }: { pipelines?: boolean }) => {
      const lines = pipelines === true ? await pipelineLines() : await operatorLines();
      process.stdout.write(`${lines.join('\n')}\n`);
    });
  return { command, args: args ?? [] };
}

async function operatorLines(): Promise<string[]> {
  const { operators } = await import('../operators/registry.ts');
  const [heading = '', ...rows] = textTable<AnyOperator>(operators, [
    { heading: 'operator', align: 'left', cell: ({ description }) => description.name },
    { heading: 'takes', align: 'left', cell: ({ description }) => takesText(description.input) },
    { heading: 'gives', align: 'left', cell: ({ description }) => description.output },
    { heading: 'what it does', align: 'left', cell: ({ description }) => description.summary },
  ]);
  return [paintResult.dim(heading), ...rows];
}

function takesText(input: Input): string {
  if (input === null) return '-';
  if (typeof input === 'string') return input;
  if (Array.isArray(input)) return input.join(' | ');
  return Object.entries(input)
    .map(([port, kind]) => `${port}: ${kind}`)
    .join(', ');
}

async function pipelineLines(): Promise<string[]> {
  const { loadPipelines } = await import('../graphs/load.ts');
  const rows = await Promise.all(
    pipelineNames().map(async (name) => {
      const file = await findPipeline(name);
      // A program is run only to be listed if it came with the package.
      const isTrusted = dirname(resolve(file)) === resolve(packagePipelines);
      if (file.endsWith('.ts') && !isTrusted) return { name, file, summary: 'A program in TypeScript.' };
      const [first] = await loadPipelines(file);
      return { name, file, summary: first?.summary ?? '' };
    }),
  );
  const [heading = '', ...lines] = textTable(rows, [
    { heading: 'pipeline', align: 'left', cell: ({ name }) => name },
    { heading: 'what it does', align: 'left', cell: ({ summary }) => summary },
    { heading: 'file', align: 'left', cell: ({ file }) => file },
  ]);
  return [paintResult.dim(heading), ...lines];
}
