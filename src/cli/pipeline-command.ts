/** What commands that take a pipeline have in common: finding it, its parameters as flags, overrides. */
import { Option, type Command } from 'commander';
import type { Parameter } from '../graphs/load.ts';
import { addParameterFlags, givenParameters, standIns } from './parameter-flags.ts';
import { findPipeline } from './pipeline-path.ts';
import type { Prepared } from './make-command.ts';
import type { PipelineRequest } from './run-pipeline.ts';
import { ownSpelling } from './spelling.ts';

interface PipelineOptions {
  readonly set?: readonly string[];
  readonly ts: boolean;
}

/** `--set`, whose values are gathered in a list. */
export function overrideFlag(): Option {
  return new Option(
    '--set <path=value>',
    'Override a value of the pipeline: nodes.decoder.with.beamSize=8. May be given again and again.',
  ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
}

/** Adds `PIPELINE`, `--set` and `--no-ts`. */
export function takesPipeline(command: Command): Command {
  return command
    .argument('<pipeline>', 'Path of a pipeline file, or a name under pipelines/.')
    .addOption(overrideFlag())
    .option('--no-ts', 'Refuse TypeScript: neither a pipeline nor a plugin is executed.');
}

/**
 * Makes the command with the flags of the pipeline that the arguments name.
 * @param make The bare command.
 * @param purpose To `run` a pipeline its required parameters must be given; to `look` at it, something stands in for them.
 * @param act What to do; the exit status comes back.
 */
export async function withPipeline(
  make: () => Command,
  args: readonly string[] | null,
  purpose: 'run' | 'look',
  act: (request: PipelineRequest, command: Command) => Promise<number>,
): Promise<Prepared> {
  const command = make();
  const named = args === null ? null : pipelineNamed(make(), args);
  const file = named === null ? null : await findPipeline(named.name);
  const parameters = file === null ? [] : await declaredParameters(file, named?.allowTypeScript ?? true);
  addParameterFlags(command, parameters, purpose === 'run');
  command.action(async (name: string) => {
    const { set, ts } = command.opts<PipelineOptions>();
    const request = {
      file: file ?? (await findPipeline(name)),
      overrides: set ?? [],
      parameters: {
        ...(purpose === 'look' ? standIns(parameters) : {}),
        ...givenParameters(command, parameters),
      },
      allowTypeScript: ts,
    };
    process.exitCode = await act(request, command);
  });
  return { command, args: ownSpelling(args ?? [], command) };
}

/** The first operand; failing that, the first argument that looks like a pipeline file. */
function pipelineNamed(probe: Command, args: readonly string[]): { name: string; allowTypeScript: boolean } | null {
  probe.exitOverride().configureOutput({ writeErr: () => undefined });
  const looksLikeFile = (arg: string) => /\.(jsonc?|ts)$/.test(arg);
  try {
    const name = probe.parseOptions([...args]).operands[0] ?? args.find(looksLikeFile);
    return name === undefined ? null : { name, allowTypeScript: probe.opts<PipelineOptions>().ts };
  } catch {
    return null; // the real parse says what is wrong with the arguments
  }
}

/** What the pipelines of a file declare, by name. Faults are left for the command itself to tell. */
export async function declaredParameters(file: string, allowTypeScript: boolean): Promise<Parameter[]> {
  const { loadPipelines } = await import('../graphs/load.ts');
  const declared = (await loadPipelines(file, { allowTypeScript })).flatMap(({ params }) => params);
  return [...new Map(declared.map((parameter) => [parameter.name, parameter])).values()];
}
