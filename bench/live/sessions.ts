/**
 * One, two and three sessions of one server at once, each with recordings played on the clock, and a client too many. The
 * server is `diglot serve` with the embedded model; the clients are in the process of the bench, which takes a little of the
 * processors too.
 */
import { SAMPLE_RATE } from '../../src/audio/mel-spectrogram.ts';
import { joined } from './hour.ts';
import { pair, type BenchOptions } from './latency.ts';
import { spokenTexts } from './recordings.ts';
import { play, serve } from './served.ts';

const SESSIONS = 3;
/** Seconds that each session plays. */
const SECONDS = 60;
/** Seconds from the beginning of one session to that of the next, so that they do not speak in step. */
const APART = 2;

export async function measureSessions({ files }: BenchOptions): Promise<void> {
  const audio = await joined(spokenTexts(files).map(({ path }) => path));
  const length = SECONDS * SAMPLE_RATE;
  /** Of every client another part of the recordings. */
  const partOf = (client: number): Float32Array =>
    Float32Array.from(
      { length },
      (_, at) => audio[(Math.round((client * audio.length) / SESSIONS) + at) % audio.length]!,
    );
  const server = await serve(['--sessions', String(SESSIONS)]);
  try {
    await play(server.url, partOf(0).subarray(0, 6 * SAMPLE_RATE)); // the first session compiles what the others find
    server.mostMemory();
    console.log('| sessions | words | first_update_ms p50 / p95 | last_word_to_final_ms | s not heard | resident MB |');
    console.log(`|${' --- |'.repeat(6)}`);
    for (let count = 1; count <= SESSIONS; count++) {
      const clients = Array.from({ length: count }, async (_, client) => {
        await new Promise((resolve) => setTimeout(resolve, 1000 * APART * client));
        return play(server.url, partOf(client));
      });
      const tooMany = count === SESSIONS ? tryOneMore(server.url, partOf(0)) : null;
      const played = await Promise.all(clients);
      const failed = played.find(({ error }) => error !== null);
      if (failed !== undefined) throw new Error(`A session of ${count} ended: ${failed.error}`);
      const first = played.flatMap((one) => one.first);
      const cells = [
        count,
        first.length,
        pair(first),
        pair(played.flatMap((one) => one.afterLastWord)),
        played.reduce((sum, { lost }) => sum + lost, 0).toFixed(1),
        server.mostMemory().toFixed(0),
      ];
      console.log(`| ${cells.join(' | ')} |`);
      if (tooMany !== null) console.log(`\nOne more, while ${count} were open: ${await tooMany}`);
    }
  } finally {
    await server.close();
  }
}

async function tryOneMore(url: string, samples: Float32Array): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  return (await play(url, samples)).error ?? 'it was taken';
}
