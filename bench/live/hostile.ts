/**
 * A server among hostile clients: one honest session plays a recording on the clock, alone, and again beside each kind of
 * attack. Its text and latency, whether the server is up, and the memory of the server are told.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_RATE } from '../../src/audio/mel-spectrogram.ts';
import { align } from '../../src/scoring/align.ts';
import { countErrors } from '../../src/scoring/count-errors.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { frame, malformedFrames, opening, start, text } from '../../test/server/hostile-frames.ts';
import { silence, talkLive } from '../../test/server/live-talk.ts';
import { joined } from './hour.ts';
import { pair, type BenchOptions } from './latency.ts';
import { spokenTexts } from './recordings.ts';
import { play, serve } from './served.ts';

/** Seconds for which an attack goes on. */
const SECONDS = 20;
const MEBIBYTE = 2 ** 20;

type Attack = (url: string) => Promise<string>;

async function raw(url: string, ...bytes: (string | Buffer)[]): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  for (const each of bytes) socket.write(each);
  return socket;
}

const closedOf = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => closed).length;

/** Takes 200 connections of which each says what `bytes` gives and nothing else, and holds them. */
async function hold(url: string, bytes: (at: number) => (string | Buffer)[]): Promise<string> {
  const sockets = await Promise.all(Array.from({ length: 200 }, (_, at) => raw(url, ...bytes(at))));
  // What is not read does not tell that it was closed.
  for (const socket of sockets) socket.resume();
  await sleep(1000 * SECONDS);
  const closed = closedOf(sockets);
  for (const socket of sockets) socket.destroy();
  return `${closed} of ${sockets.length} were closed by the server`;
}

const attacks: Readonly<Record<string, Attack>> = {
  'half open: 200 that begin a session and answer nothing': (url) =>
    hold(url, () => [opening('/v1/live'), text(start)]),
  '200 connections that say half of a request': (url) => {
    const halves = ['GET / HT', 'POST /v1/audio/transcriptions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le'];
    return hold(url, (at) => [halves[at % 2]!]);
  },
  '10,000 malformed frames over 200 connections': (url) => {
    const malformed = malformedFrames();
    return hold(url, (at) => [opening('/v1/live'), ...malformed(at, 50)]);
  },
  'a slow reader: speaks at once what takes a minute, and reads nothing': async (url) => {
    const socket = await raw(url, opening('/v1/live'), text(start));
    await once(socket, 'data');
    socket.pause();
    const chunk = frame(2, silence(0.5));
    for (let at = 0; at < 120 && !socket.destroyed; at++) socket.write(chunk);
    await sleep(1000 * SECONDS);
    const state = socket.closed ? 'closed by the server' : 'still held';
    socket.destroy();
    return state;
  },
  'wrong rates: refused ones, and noise that is called 8,000 Hz and comes at 192,000': async (url) => {
    const codes = await Promise.all(
      [5, 1e9, '16000', null].map(
        async (sampleRate) => (await (await talkLive(url, { sampleRate })).next('error')).code,
      ),
    );
    const talk = await talkLive(url, { sampleRate: 8000 });
    const noise = Int16Array.from({ length: 19_200 }, () => 65_536 * Math.random() - 32_768);
    for (let at = 0; at < 10 * SECONDS && talk.socket.readyState === talk.socket.OPEN; at++) {
      talk.socket.send(noise);
      await sleep(100);
    }
    talk.socket.terminate();
    return codes.join(', ');
  },
  'bodies of 1 GiB, said and not said': async (url) => {
    const post = async (headers: object): Promise<string> => {
      const sent = request(`${url}/v1/audio/transcriptions`, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'multipart/form-data; boundary=b', ...headers },
      });
      const status = new Promise<string>((resolve) => {
        sent.on('response', ({ statusCode }) => resolve(String(statusCode)));
        sent.on('error', ({ message }) => resolve(message));
      });
      sent.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n');
      const part = Buffer.alloc(MEBIBYTE);
      let isOver = false;
      void status.then(() => (isOver = true));
      for (let at = 0; at < 1024 && !isOver; at++) {
        sent.write(part);
        await sleep(2);
      }
      sent.destroy();
      return status;
    };
    const answers = [await post({ 'content-length': 2 ** 30 }), await post({})];
    return answers.join(', ');
  },
};

export async function measureHostile({ files }: BenchOptions): Promise<void> {
  const names = files.length > 0 ? files : ['cs_yesterday', 'en_jfk', 'english-jfk'];
  const recordings = spokenTexts(names);
  const samples = await joined(recordings.map(({ path }) => path));
  const profile = await profileNamed('canonical');
  const reference = profile.units(recordings.map(({ text: said }) => said).join(' '));
  const errorsIn = (said: string): number => {
    const { substitutions, deletions, insertions } = countErrors(align(reference, profile.units(said)));
    return substitutions + deletions + insertions;
  };
  const server = await serve(['--idle', '10']);
  try {
    await play(server.url, samples.subarray(0, 6 * SAMPLE_RATE));
    console.log(`An honest session of ${(samples.length / SAMPLE_RATE).toFixed(0)} s beside each.\n`);
    console.log(
      '| attack | came of it | errors of the honest session | first_update_ms p50 / p95 | s not heard | MB before, most, after |',
    );
    console.log(`|${' --- |'.repeat(6)}`);
    server.mostMemory();
    const alone = await play(server.url, samples);
    const tell = (
      name: string,
      came: string,
      { text: said, first, lost, error }: typeof alone,
      memory: string,
    ): void => {
      const wrong = error ?? `${errorsIn(said)} of ${reference.length}`;
      console.log(`| ${[name, came, wrong, pair(first), lost.toFixed(1), memory].join(' | ')} |`);
    };
    const mega = (value: number): string => value.toFixed(0);
    tell('none', '', alone, `${mega(server.mostMemory())} at most`);
    for (const [name, attack] of Object.entries(attacks)) {
      const before = server.memory();
      server.mostMemory();
      const honest = play(server.url, samples);
      await sleep(500); // it has its place before the others come
      const came = await attack(server.url);
      const heard = await honest;
      const most = server.mostMemory();
      await sleep(12_000); // what is idle for 10 s is let go
      if (!server.isUp()) throw new Error(`The server ended under: ${name}`);
      tell(name, came, heard, `${mega(before)}, ${mega(most)}, ${mega(server.memory())}`);
    }
    const { status } = await fetch(`${server.url}/health`);
    console.log(`\nHealth at the end: ${status}.`);
  } finally {
    await server.close();
  }
}
