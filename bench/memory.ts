/**
 * The most memory that `diglot transcribe` of the built package has resident, MB (1e6), with the embedded model, one
 * recording at a time: graphs compiled anew (`empty`), and found in the cache (`kept`).
 *
 *     npm run build && npx tsx bench/memory.ts [--precision int8,f32] [--rounds 5] [--audio fixtures/audio/english-jfk.flac]
 *
 * Of `kept`, weights that are mapped from the cache count like all other memory, though the system may drop them, and
 * processes that run at the same time share them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, startProgram } from './start-program.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'int8,f32' },
    rounds: { type: 'string', default: '5' },
    audio: { type: 'string', default: 'fixtures/audio/english-jfk.flac' },
  },
});

console.log('MB       empty   kept, median of', values.rounds, '  least   most');
for (const precision of values.precision.split(',')) {
  const folder = mkdtempSync(join(tmpdir(), 'diglot-memory-'));
  try {
    const args = [
      '--precision',
      precision,
      '--cache-folder',
      folder,
      '--arrow',
      join(folder, 'table.arrow'),
      '--offline',
    ];
    const run = async () => (await startProgram(['transcribe', values.audio, ...args])).peak;
    const empty = await run();
    const kept: number[] = [];
    for (let round = 0; round < Number(values.rounds); round++) kept.push(await run());
    const figures = [median(kept), Math.min(...kept), Math.max(...kept)].map((figure) => figure.toFixed(0));
    console.log(
      precision.padEnd(9) + empty.toFixed(0).padEnd(8) + figures[0]!.padEnd(21) + figures.slice(1).join('     '),
    );
    if (precision === 'int8')
      console.log(`peak memory, int8, one stream, kept graphs: ${figures[0]!} MB (asked: 400 MB)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
