/** `diglot serve` in a process of its own, and clients that play recordings to it on the clock. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_RATE } from '../../src/audio/mel-spectrogram.ts';
import { wordKey } from '../../src/live/word-key.ts';
import type { TextEvent } from '../../src/server/messages.ts';
import { talkLive } from '../../test/server/live-talk.ts';

const program = 'dist/program/main.js';
const CHUNK = 0.06;

export interface Served {
  readonly url: string;
  /** Resident memory now, MB. */
  memory(): number;
  /** Most of it since the last call. */
  mostMemory(): number;
  isUp(): boolean;
  close(): Promise<void>;
}

/** @param args Beside the port. @throws Error when the program is not built or does not start. */
export async function serve(args: readonly string[] = []): Promise<Served> {
  if (!existsSync(program)) throw new Error(`${program} is not there; npm run build makes it.`);
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--offline', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (text: Buffer): void => {
      said += text.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(`diglot serve ended: ${said}`)));
  });
  const memory = (): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024) / 1e6;
  };
  let most = memory();
  const watch = setInterval(() => {
    if (child.exitCode === null) most = Math.max(most, memory());
  }, 100);
  return {
    url,
    memory,
    mostMemory() {
      const found = Math.max(most, memory());
      most = 0;
      return found;
    },
    isUp: () => child.exitCode === null,
    async close() {
      clearInterval(watch);
      if (child.exitCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

/** What came of a recording that was played to a server; seconds, by the clock of the client. */
export interface Played {
  /** From the end of a word to the first text that has it in its place, as in the final text. */
  readonly first: readonly number[];
  /** From the end of the last word of an utterance to its last text. */
  readonly afterLastWord: readonly number[];
  readonly text: string;
  /** Seconds of audio that the server did not hear. */
  readonly lost: number;
  /** Why the server refused or ended the session; null where it did not. */
  readonly error: string | null;
}

/** Plays samples of 16 kHz on the clock, and hears what the server says. */
export async function play(url: string, samples: Float32Array): Promise<Played> {
  const talk = await talkLive(url, { sampleRate: SAMPLE_RATE });
  const heard: { readonly at: number; readonly event: TextEvent }[] = [];
  const began = performance.now();
  const now = (): number => (performance.now() - began) / 1000;
  let lost = 0;
  let error: string | null = null;
  let taken = 0;
  const listen = (): void => {
    for (; taken < talk.events.length; taken++) {
      const event = talk.events[taken]!;
      if (event.type === 'partial' || event.type === 'final') heard.push({ at: now(), event });
      if (event.type === 'gap') lost += event.duration;
      if (event.type === 'error') error = `${event.code}: ${event.message}`;
    }
  };
  talk.socket.on('message', listen);
  const size = Math.round(CHUNK * SAMPLE_RATE);
  for (let from = 0; from < samples.length && error === null; from += size) {
    const chunk = samples.subarray(from, from + size);
    await sleep(Math.max(0, 1000 * ((from + chunk.length) / SAMPLE_RATE - now())));
    talk.socket.send(Int16Array.from(chunk, (sample) => Math.round(32767 * Math.max(-1, Math.min(1, sample)))));
  }
  if (error === null) talk.socket.send(JSON.stringify({ type: 'end' }));
  await talk.closed;
  listen();
  return { ...latenciesOf(heard), lost, error };
}

type Heard = readonly { readonly at: number; readonly event: TextEvent }[];

function latenciesOf(heard: Heard): Pick<Played, 'first' | 'afterLastWord' | 'text'> {
  const keysOf = ({ words }: TextEvent): string[] => words.map(({ word }) => wordKey(word)).filter((key) => key !== '');
  const said: { readonly key: string; readonly end: number }[] = [];
  const afterLastWord: number[] = [];
  let text = '';
  const shown = heard.map(({ at, event }) => {
    const open = event.type === 'final' ? [] : keysOf(event);
    if (event.type === 'final') {
      for (const { word, end } of event.words) if (wordKey(word) !== '') said.push({ key: wordKey(word), end });
      text += event.text + (event.endsUtterance ? ' ' : '');
      if (event.endsUtterance && said.length > 0) afterLastWord.push(at - said.at(-1)!.end);
    }
    return {
      at,
      from: said.length - (event.type === 'final' ? keysOf(event).length : 0),
      keys: event.type === 'final' ? keysOf(event) : open,
    };
  });
  const first = said.map(
    ({ key, end }, place) => shown.find(({ from, keys }) => from <= place && keys[place - from] === key)!.at - end,
  );
  return { first, afterLastWord, text: text.trim() };
}
