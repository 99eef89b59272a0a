/** All commands together. Only the one that is asked for reads its pipeline, so that help is quick. */
import { Command } from 'commander';
import { cacheCommand } from './cache.ts';
import { cancelCommand } from './cancel.ts';
import { checkCommand } from './check.ts';
import { cleanCommand } from './clean.ts';
import { convertCommand } from './convert.ts';
import { describeCommand } from './describe.ts';
import { diffCommand } from './diff.ts';
import { drawCommand } from './draw.ts';
import { explainCommand } from './explain.ts';
import { exportCommand } from './export.ts';
import { helpLayout } from './help-layout.ts';
import { listCommand } from './list.ts';
import { liveCommand } from './live.ts';
import type { MakeCommand } from './make-command.ts';
import { paint } from './paint.ts';
import { reportCommand } from './report.ts';
import { retryCommand } from './retry.ts';
import { runCommand } from './run.ts';
import { scoreCommand } from './score.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { submitCommand } from './submit.ts';
import { transcribeCommand } from './transcribe.ts';
import { verifyCommand } from './verify.ts';
import { version } from './version.ts';
import { workCommand } from './work.ts';

const makers: Readonly<Record<string, MakeCommand>> = {
  transcribe: transcribeCommand,
  live: liveCommand,
  serve: serveCommand,
  run: runCommand,
  submit: submitCommand,
  work: workCommand,
  status: statusCommand,
  cancel: cancelCommand,
  check: checkCommand,
  draw: drawCommand,
  describe: describeCommand,
  list: listCommand,
  score: scoreCommand,
  report: reportCommand,
  explain: explainCommand,
  diff: diffCommand,
  verify: verifyCommand,
  retry: retryCommand,
  clean: cleanCommand,
  convert: convertCommand,
  export: exportCommand,
  cache: cacheCommand,
};

const examples = `
Examples:
  diglot transcribe talk.wav                        text on standard output
  diglot transcribe *.flac --language zh,en --format srt --out subtitles
  diglot run pipelines/transcribe.json --help       a pipeline's own flags
  diglot run transcribe --files talk.wav --set nodes.decoder.with.beamSize=8
  diglot check my-pipeline.json && diglot draw my-pipeline.json --out my-pipeline.svg

Exit status: 0 all done; 1 the run failed; 2 a fault of usage or of the pipeline;
3 finished, but some records became error rows; 130, 143 stopped by a signal.
`;

/** The program, and the arguments that it should parse. */
export async function programFor(given: readonly string[]): Promise<{ program: Command; args: readonly string[] }> {
  const program = new Command('diglot')
    .description('Recognises speech that switches language in mid-sentence, through pipelines of composable operators.')
    .version(version, '-V, --version', 'Show the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand('help [command]', 'Show the help of a command.')
    .option('--debug', 'Show where an error was thrown.')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows what there is)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, paint.red('diglot:'))) })
    .configureHelp(helpLayout)
    .exitOverride();

  let args = given[0] === 'help' && given[1] !== undefined ? [...given.slice(1), '--help'] : [...given];
  const place = args.findIndex((arg) => !arg.startsWith('-'));
  for (const [name, make] of Object.entries(makers)) {
    const isAsked = name === args[place];
    const { command, args: spelt } = await make(isAsked ? args.slice(place + 1) : null);
    program.addCommand(command.copyInheritedSettings(program));
    if (isAsked) args = [...args.slice(0, place + 1), ...spelt];
  }
  return { program, args };
}
