/**
 * Measures diglot beside whisper.cpp and faster-whisper and writes bench/results.json and, from it, bench/RESULTS.md.
 *
 *     npm run bench -- [--python PATH] [--rounds 5] [--corpus 200] [--blocks 5] [--only clips,corpus,windows,others]
 *                  [--sides TEXT,TEXT] [--out bench]
 *
 * --python names a Python that has pywhispercpp and faster-whisper; without it they are left out, as npm's whisper.cpp is
 * unless it was installed. --sides takes those whose names hold one of the texts. --only takes parts, also those of
 * others.ts by name: a part that is not measured stays as an earlier run left it, with that run's command, date and commit.
 * Measure on a machine that does nothing else.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { profileNamed } from '../src/scoring/profiles/profile-named.ts';
import { corpusClips, singleClips } from './clips.ts';
import { clipsSection, corpusSection, page, partOf, windowsSection, type Part } from './report.ts';
import { measureClips, measureCorpus, type Skipped } from './measure.ts';
import { others } from './others.ts';
import { names, sidesOf, type Side } from './sides.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    corpus: { type: 'string', default: '200' },
    blocks: { type: 'string', default: '5' },
    only: { type: 'string', default: 'clips,corpus,windows,others' },
    sides: { type: 'string', default: '' },
    out: { type: 'string', default: 'bench' },
  },
});
/** Of the corpus: in each the sides take turns. An utterance that needs long has the fewer beside it the smaller a block is. */
const blocks = Number(values.blocks);
const partNames = ['clips', 'corpus', 'windows', ...others.map(({ name }) => name)];
const wanted = new Set(values.only.split(','));
const note = (line: string): void => console.error(line);
const folder = await mkdtemp(join(tmpdir(), 'diglot-bench-'));
/** As it may be typed anywhere: where this machine keeps its Python is nobody's business. */
const command = ['npm run bench --', ...process.argv.slice(2)]
  .map((word) => (word === values.python ? 'PYTHON' : word.includes(' ') ? `'${word}'` : word))
  .join(' ');
const stored = join(values.out, 'results.json');
const parts = new Map<string, Part>(
  existsSync(stored) ? (JSON.parse(readFileSync(stored, 'utf8')) as [string, Part][]) : [],
);

async function write(name: string, part: Part): Promise<void> {
  parts.set(name, part);
  const order = [...parts].sort(([a], [b]) => partNames.indexOf(a) - partNames.indexOf(b));
  // Whole or not at all: it holds what earlier runs measured.
  await writeFile(`${stored}.new`, `${JSON.stringify(order, null, 1)}\n`);
  await rename(`${stored}.new`, stored);
  await writeFile(join(values.out, 'RESULTS.md'), `${page(new Map(order))}\n`);
}

try {
  const profile = await profileNamed('canonical');
  let sides: readonly Side[] = [];
  let leftOut: Skipped[] = [];
  if (['clips', 'corpus', 'windows'].some((name) => wanted.has(name))) {
    const threads = availableParallelism();
    const all = await sidesOf({ model: values.model, python: values.python ?? null, threads, folder });
    sides = all.filter(({ name }) => values.sides.split(',').some((text) => name.includes(text)));
    leftOut = all
      .filter((side) => !sides.includes(side))
      .map(({ name }) => ({ side: name, reason: '--sides left it out' }));
  }

  if (wanted.has('clips')) {
    const clips = await singleClips(folder);
    const [measured, skipped] = await measureClips(
      sides.filter((side) => side.clips),
      clips,
      Number(values.rounds),
      note,
    );
    const figures: string[][] = [];
    const text = clipsSection(clips, measured, figures);
    await write('clips', partOf(command, { figures, text, skipped: [...skipped, ...leftOut] }));
  }
  if (wanted.has('corpus')) {
    const clips = await corpusClips(folder, Number(values.corpus));
    if (clips.length === 0) note('../shared/corpora/cs-tts is not there');
    else {
      const [measured, skipped] = await measureCorpus(
        sides.filter(({ corpus }) => corpus !== null),
        clips,
        blocks,
        note,
      );
      const figures: string[][] = [];
      const text = corpusSection(clips, measured, profile, figures);
      await write('corpus', partOf(command, { figures, text, skipped }));
    }
  }
  if (wanted.has('windows')) {
    const clips = await corpusClips(folder, Number(values.corpus));
    const [measured, skipped] = await measureCorpus(
      sides.filter(({ name }) => name === names.fit || name === names.full),
      clips,
      blocks,
      note,
    );
    const figures: string[][] = [];
    const text = windowsSection(clips, measured, profile, figures);
    await write('windows', partOf(command, { figures, text, skipped }));
  }
  for (const other of others) {
    if (wanted.has(other.name) || wanted.has('others')) await write(other.name, other.run(note));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
