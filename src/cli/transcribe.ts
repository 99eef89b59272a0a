/**
 * `diglot transcribe FILE…`: the face of `pipelines/transcribe.json`. It is `diglot run` of that file with the operands
 * as its parameter `files`; all other flags are the pipeline's parameters.
 */
import { Command } from 'commander';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { chooseDisplay } from './display.ts';
import { addParameterFlags, givenParameters } from './parameter-flags.ts';
import { declaredParameters, overrideFlag } from './pipeline-command.ts';
import { packagePipelines } from './pipeline-path.ts';
import type { Prepared } from './make-command.ts';
import { addDisplayFlags } from './run.ts';
import { runPipeline } from './run-pipeline.ts';
import { ownSpelling } from './spelling.ts';

const file = join(packagePipelines, 'transcribe.json');

/** Names that openai-whisper's command line, or another, gives to what we call otherwise. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['--beam-size', '--beam'],
  ['--output-dir', '--out'],
  ['--output-format', '--format'],
  ['--log-prob-threshold', '--logprob-threshold'],
]);

const notes = `
Examples:
  diglot transcribe talk.wav                             a line for each segment
  diglot transcribe *.flac > all.tsv                     a line for each file: file, tab, text
  diglot transcribe talk.mp3 --language zh,en --beam 5   choose the language among these two
  diglot transcribe talk.mp3 --format srt --out subtitles

Text goes to standard output unless --out names a folder, everything else to standard error. The table
with segments, tokens and times is written to --arrow; \`diglot explain\` tells how it came to be.
Flags may be spelt as openai-whisper has them: --beam_size 5, --word_timestamps True, --output_dir out.
The same by another name: diglot run transcribe --files talk.wav
Exit status: 0 all done; 1 the run failed; 2 a fault of usage; 3 some recordings became error rows.
`;

export async function transcribeCommand(args: readonly string[] | null): Promise<Prepared> {
  const command = addDisplayFlags(
    new Command('transcribe')
      .description('Transcribe recordings.')
      .argument('<file...>', 'Audio files, folders and patterns of them, or manifests.')
      .addOption(overrideFlag()),
  ).addHelpText('after', notes);
  const parameters = args === null ? [] : (await declaredParameters(file, true)).filter(({ name }) => name !== 'files');
  addParameterFlags(command, parameters, true);
  command.action(async (files: readonly string[]) => {
    const request = {
      file,
      overrides: command.opts<{ set?: readonly string[] }>().set ?? [],
      parameters: {
        label: String(!isOneRecording(files)),
        ...givenParameters(command, parameters),
        files: JSON.stringify(files),
      },
      allowTypeScript: false,
    };
    const { debug } = command.optsWithGlobals<{ debug?: boolean }>();
    process.exitCode = await runPipeline(request, chooseDisplay(command.opts()), debug === true);
  });
  return { command, args: ownSpelling(args ?? [], command, otherNames) };
}

/** Whether the operands are one audio file: no folder, pattern or manifest, which may hold many. */
function isOneRecording([path, ...more]: readonly string[]): boolean {
  if (path === undefined || more.length > 0 || /\.(jsonl?|csv|tsv|arrow|scp)$/.test(path)) return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
