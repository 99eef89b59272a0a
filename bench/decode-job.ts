/** A corpus out of the three recordings that come with diglot: the same pieces under other ids, as often as is wanted. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shardOf } from '../src/graphs/running/selection.ts';

const recordings = ['english-jfk.flac', 'cs_yesterday_zh_en.wav', 'mandarin-look-in-front.wav'];

/** @param count Of utterances, by sixes: of every recording as many in shard 0/2 as in 1/2, as of a large corpus. */
export function writeManifest(path: string, count: number): void {
  const lines: string[] = [];
  for (const recording of recordings) {
    const room = [count / 6, count / 6];
    const audio = fileURLToPath(new URL(`../fixtures/audio/${recording}`, import.meta.url));
    for (let at = 0; room[0]! + room[1]! > 0; at++) {
      const id = `${recording}-${at}`;
      const shard = shardOf(id, 2);
      if (room[shard]! <= 0) continue;
      room[shard]! -= 1;
      lines.push(`${JSON.stringify({ id, path: audio })}\n`);
    }
  }
  writeFileSync(path, lines.join(''));
}
