/**
 * Measures diglot beside whisper.cpp and faster-whisper and writes bench/RESULTS.md.
 *
 *     npm run bench -- [--python PATH] [--rounds 5] [--corpus 200] [--only clips,corpus,others]
 *                  [--sides TEXT,TEXT] [--out bench/RESULTS.md]
 *
 * --python names a Python that has pywhispercpp and faster-whisper; without it they are left out,
 * as npm's whisper.cpp is unless it was installed. --sides takes those whose names hold one of the texts. What is measured is written after each section, so that a run that is
 * stopped leaves what it has. Measure on a machine that does nothing else.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { profileNamed } from '../src/scoring/profiles/profile-named.ts';
import { corpusClips, singleClips } from './clips.ts';
import { clipsSection, corpusSection, figuresSection, machineSection, skippedSection } from './report.ts';
import { measureClips, measureCorpus, type Skipped } from './measure.ts';
import { runOthers } from './others.ts';
import { sidesOf } from './sides.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    corpus: { type: 'string', default: '200' },
    only: { type: 'string', default: 'clips,corpus,others' },
    sides: { type: 'string', default: '' },
    out: { type: 'string', default: 'bench/RESULTS.md' },
  },
});
const blocks = 5;
const wanted = new Set(values.only.split(','));
const note = (line: string): void => console.error(line);
const folder = await mkdtemp(join(tmpdir(), 'diglot-bench-'));
const sections = [machineSection(`npm run bench -- ${process.argv.slice(2).join(' ')}`.trim())];
const figures: string[][] = [];
const skipped: Skipped[] = [];

async function write(): Promise<void> {
  const parts = [sections[0]!, figuresSection(figures), ...sections.slice(1), skippedSection(skipped)];
  await writeFile(values.out, `${parts.join('\n\n')}\n`);
}

try {
  const threads = availableParallelism();
  const all = await sidesOf({ model: values.model, python: values.python ?? null, threads, folder });
  const sides = all.filter(({ name }) => values.sides.split(',').some((text) => name.includes(text)));
  const profile = await profileNamed('canonical');

  if (wanted.has('clips')) {
    const clips = await singleClips(folder);
    const [measured, left] = await measureClips(
      sides.filter((side) => side.clips),
      clips,
      Number(values.rounds),
      note,
    );
    skipped.push(...left);
    sections.push(clipsSection(clips, measured, figures));
    await write();
  }
  if (wanted.has('corpus')) {
    const clips = await corpusClips(folder, Number(values.corpus));
    if (clips.length === 0) skipped.push({ side: 'corpus', reason: '../shared/corpora/cs-tts is not there' });
    else {
      const [measured, left] = await measureCorpus(
        sides.filter(({ corpus }) => corpus !== null),
        clips,
        blocks,
        note,
      );
      skipped.push(...left);
      sections.push(corpusSection(clips, measured, profile, figures));
      await write();
    }
  }
  if (wanted.has('others')) {
    for (const part of runOthers(note)) {
      if ('reason' in part) skipped.push(part);
      else sections.push(`## ${part.title}\n\n\`${part.command}\`\n\n\`\`\`\n${part.output}\n\`\`\``);
      await write();
    }
  }
  await write();
} finally {
  await rm(folder, { recursive: true, force: true });
}
