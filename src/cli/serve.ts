/** `diglot serve`: the server of `src/server` with its options as flags, until Ctrl-C. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { once } from 'node:events';
import { signalStatus } from './exit-status.ts';
import type { Prepared } from './make-command.ts';
import { paint } from './paint.ts';

interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly origin: readonly string[];
  readonly sessions: number;
  readonly maxMinutes: number;
  readonly uploads: number;
  readonly maxUpload: number;
  readonly idle: number;
  readonly model: string;
  readonly adapter: readonly string[];
  readonly device: 'auto';
  readonly precision?: 'f32' | 'int8' | 'int4';
  readonly offline: boolean;
  readonly cacheFolder?: string;
}

const notes = `
Examples:
  diglot serve                                     a page on http://127.0.0.1:8000
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1         for programs that know OpenAI's server
  diglot serve --host 0.0.0.0 --token SECRET       for others too; put a proxy with TLS before it

Whoever can reach the server can use it: it listens on this machine alone unless --host says otherwise, and
then asks for a token. Browsers give a microphone only to pages of localhost and of https.
Ctrl-C finishes what is under way, the second one stops at once.
`;

export function serveCommand(args: readonly string[] | null): Prepared {
  const command = new Command('serve')
    .description("Serve a page for live transcription, and OpenAI's interface for recordings.")
    .option('--port <number>', 'Port to listen on; 0 takes any that is free.', integer(0), 8000)
    .option('--host <name>', 'Address to listen on; 0.0.0.0 is every one of this machine.', '127.0.0.1')
    .addOption(new Option('--token <text>', 'What clients must show.').env('DIGLOT_TOKEN'))
    .option('--origin <url>', 'Origin of another page that may use the server. May be given again.', gather, [])
    .option('--sessions <n>', 'Live sessions at once; more are refused.', integer(1), 3)
    .option('--max-minutes <n>', 'Longest live session.', integer(1), 240)
    .option('--uploads <n>', 'Recordings that are recognised at once; 8 more may wait.', integer(1), 1)
    .option('--max-upload <MB>', 'Largest recording.', integer(1), 200)
    .option('--idle <seconds>', 'Silence on a connection after which it is closed.', integer(1), 60)
    .optionsGroup('Model:')
    .option('-m, --model <name>', 'Whisper model, as for transcribe.', 'whisper-base-int8')
    .option('--adapter <folder>', 'Adapter that is added to the model. May be given again.', gather, [])
    .addOption(
      new Option('--device <name>', 'What computes.')
        .choices(['auto', 'cpu', 'webgpu', 'cuda', 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'])
        .default('auto'),
    )
    .addOption(
      new Option('--precision <name>', 'What the device cpu computes in. Default: as the pipelines have it.').choices([
        'f32',
        'int8',
        'int4',
      ]),
    )
    .option('--offline', 'Refuse to fetch a model that is not on this machine.', false)
    .option('--cache-folder <folder>', 'Folder for fetched models and compiled graphs.')
    .addHelpText('after', notes)
    .action(async () => {
      process.exitCode = await serve(command.opts<ServeFlags>());
    });
  return { command, args: args ?? [] };
}

async function serve(flags: ServeFlags): Promise<number> {
  const [{ startServer }, { defaultLimits }] = await Promise.all([
    import('../server/start-server.ts'),
    import('../server/server-options.ts'),
  ]);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { port, host, token, origin, model, adapter, device, precision, offline, cacheFolder } = flags;
  const server = await startServer({
    host,
    port,
    token: token ?? null,
    origins: origin,
    model,
    adapter,
    device,
    precision: precision ?? null,
    offline,
    cacheFolder: cacheFolder ?? null,
    limits: {
      ...defaultLimits,
      sessions: flags.sessions,
      sessionSeconds: 60 * flags.maxMinutes,
      uploads: flags.uploads,
      uploadBytes: flags.maxUpload * 2 ** 20,
      idleSeconds: flags.idle,
    },
    note: (message) => say(paint.dim(message)),
  });
  say(`diglot serves ${server.url}${token === undefined ? '' : '?token=…'}`);
  const signal = await Promise.race(
    (['SIGINT', 'SIGTERM'] as const).map((name) => once(process, name).then(() => name)),
  );
  say('finishing what is under way; Ctrl-C again to stop at once');
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(signalStatus(name)));
  await server.close();
  return signalStatus(signal);
}

function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
    return value;
  };
}

function gather(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
