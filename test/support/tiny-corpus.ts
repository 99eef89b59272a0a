/** Recordings of a third of a second, whose texts can be told from their pitch, and their manifest: for tiny models. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWav } from '../../src/audio/write-wav.ts';

const texts = ['hello', 'heh', '中', 'oh he', '的', 'a中'];

/** @returns The manifest's path. */
export async function writeTinyCorpus(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const lines = texts.map(async (text, at) => {
    const hertz = 300 * 1.6 ** at;
    const samples = Float32Array.from(
      { length: 4800 + 160 * at },
      (_, n) => 0.4 * Math.sin((2 * Math.PI * hertz * n) / 16_000) * Math.sin((Math.PI * n) / 4800) ** 2,
    );
    await writeFile(join(folder, `${at}.wav`), writeWav([samples], 16_000));
    return JSON.stringify({ id: `u${at}`, audio: `${at}.wav`, text, language: 'zh-en' });
  });
  const path = join(folder, 'tiny.jsonl');
  await writeFile(path, (await Promise.all(lines)).join('\n'));
  return path;
}
