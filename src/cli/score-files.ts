/** What `diglot score` writes beside its table: scores as Arrow, and normalised texts for sclite to check. */
import { join } from 'node:path';
import type { Score } from '../records.ts';
import type { Profile } from '../scoring/profiles/profile.ts';
import { scoreTable } from '../tables/kinds/score.ts';
import { openPart } from '../tables/part-writer.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { trn } from '../tables/text/trn.ts';
import type { ScoredSystem } from './score-systems.ts';

const ROWS_PER_BATCH = 1000;

/**
 * @param path A file that ends in `.arrow`, for all systems; or a folder, with NAME.scores.arrow for each.
 * @returns The files written.
 */
export async function writeScores(path: string, systems: readonly ScoredSystem[]): Promise<string[]> {
  if (path.endsWith('.arrow'))
    return [
      await writePart(
        path,
        systems.flatMap(({ scores }) => scores),
      ),
    ];
  const files: string[] = [];
  for (const { name, scores } of systems) {
    files.push(await writePart(join(path, `${name.replace(/[/\\]/g, '_')}.scores.arrow`), scores));
  }
  return files;
}

async function writePart(path: string, scores: readonly Score[]): Promise<string> {
  const part = await openPart(path, scoreTable, new Map(), ROWS_PER_BATCH);
  try {
    for (const score of scores) await part.append(score);
    await part.commit();
  } finally {
    await part.discard();
  }
  return path;
}

/**
 * For each system NAME.ref.trn and NAME.hyp.trn with units divided by spaces, as `sclite -i rm` reads them.
 * @returns The command that checks them, for each system.
 */
export async function writeTrn(folder: string, systems: readonly ScoredSystem[], profile: Profile): Promise<string[]> {
  const commands: string[] = [];
  for (const { name, scores } of systems) {
    const files: string[] = [];
    for (const side of ['reference', 'hypothesis'] as const) {
      const path = join(folder, `${name.replace(/[/\\]/g, '_')}.${side === 'reference' ? 'ref' : 'hyp'}.trn`);
      const lines = scores.map((score) => trn({ id: score.id, text: profile.normalise(score[side]) }));
      await writeWhole(path, lines.join(''));
      files.push(path);
    }
    commands.push(`sclite -r ${files[0]} trn -h ${files[1]} trn -i rm -e utf-8 -o all stdout`);
  }
  return commands;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await openPendingFile(path);
  try {
    await file.write(Buffer.from(text));
    await file.commit();
  } finally {
    await file.discard();
  }
}
