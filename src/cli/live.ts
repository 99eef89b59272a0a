/** `diglot live`: the face of `pipelines/live.json`, with a screen of its own. */
import { Command } from 'commander';
import { join } from 'node:path';
import type { Prepared } from './make-command.ts';
import { addParameterFlags, givenParameters } from './parameter-flags.ts';
import { declaredParameters, overrideFlag } from './pipeline-command.ts';
import { packagePipelines } from './pipeline-path.ts';
import { runLive } from './run-live.ts';
import { ownSpelling } from './spelling.ts';

const file = join(packagePipelines, 'live.json');

const notes = `
Examples:
  diglot live                                            the microphone
  diglot live --out talk.arrow --wav talk.wav --srt talk.srt
  diglot live --file talk.wav                            a recording, played as it was spoken
  arecord -f S16_LE -r 16000 -c 1 -t raw | diglot live --source input

Texts go to standard output, a line for each utterance. What is written to --out, --wav and --srt can be read at any
moment, also when diglot is killed. Ctrl-C ends the session with its last words; a second one at once.
The same by another name: diglot run live --source recording --file talk.wav
`;

interface OwnOptions {
  readonly set?: readonly string[];
  readonly listDevices?: boolean;
  readonly quiet?: boolean;
}

export async function liveCommand(args: readonly string[] | null): Promise<Prepared> {
  const command = new Command('live')
    .description('Transcribe speech while it is spoken.')
    .option('--list-devices', 'Show the microphones, and end.')
    .option('--quiet', 'Nothing but texts and the closing lines.')
    .addOption(overrideFlag())
    .addHelpText('after', notes);
  const parameters = args === null ? [] : await declaredParameters(file, false);
  addParameterFlags(command, parameters, true);
  command.action(async () => {
    const { set, listDevices, quiet } = command.opts<OwnOptions>();
    if (listDevices === true) {
      const { microphones } = await import('../audio/microphone.ts');
      microphones().forEach((name, at) => process.stdout.write(`${at}: ${name}\n`));
      return;
    }
    const given = givenParameters(command, parameters);
    // To name a file is to say where the audio comes from.
    const source = given['file'] === undefined ? {} : { source: 'recording' };
    const request = { file, overrides: set ?? [], parameters: { ...source, ...given }, allowTypeScript: false };
    const { debug } = command.optsWithGlobals<{ debug?: boolean }>();
    process.exitCode = await runLive(request, quiet === true, debug === true);
  });
  return { command, args: ownSpelling(args ?? [], command) };
}
