/** A report of a folder of scored systems, from its tables to the text of one HTML page. */
import { basename, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Score } from '../records.ts';
import { modelsIn, VERSION } from '../tables/provenance.ts';
import { readMetadata } from '../tables/reader.ts';
import { clipReader } from './clips.ts';
import { page } from './page.ts';
import { decodingOptions } from './recorded-options.ts';
import { readScores, scoresPath, systemsIn } from './run-folder.ts';
import { inOrder, systemFigures, type SystemFigures } from './system-figures.ts';
import type { ShownUtterance } from './utterance-view.ts';

export interface ReportOptions {
  /** System that others are compared with; null takes `baseline`, or else the first by name. */
  readonly baseline: string | null;
  /** System whose charts and utterances are shown; null takes the one with the lowest mixed error rate. */
  readonly system: string | null;
  /** How many of the worst utterances are shown. */
  readonly worst: number;
  /** Bytes of audio in the page, at most. */
  readonly audioBytes: number;
}

/** Seconds: of a longer utterance only the beginning is heard. */
const LONGEST_CLIP = 30;

/**
 * The page. Equal tables give equal bytes.
 * @throws UsageError `run-folder`, `arrow-file`, `arrow-kind`, `scores`, or `system` when a system that was named is not
 *   in the folder.
 */
export async function writeReport(folder: string, options: ReportOptions): Promise<string> {
  const systems = await readSystems(folder);
  const baseline = named(systems, options.baseline ?? 'baseline', folder, options.baseline !== null) ?? systems[0];
  const looked = named(systems, options.system ?? '', folder, options.system !== null) ?? inOrder(systems)[0]!;
  const metadata = await readMetadata(scoresPath(folder, looked.name));
  return page({
    title: `Recognition results: ${basename(resolve(folder))}`,
    systems,
    baseline,
    looked,
    utterances: await worstUtterances(folder, looked, baseline, options),
    models: modelsIn(metadata),
    version: metadata.get(VERSION) ?? 'of unknown version',
  });
}

/** The figures of every system of a folder, by name. One table is in memory at a time. */
export async function readSystems(folder: string): Promise<readonly [SystemFigures, ...SystemFigures[]]> {
  const [first, ...rest] = await systemsIn(folder);
  const read = async (name: string): Promise<SystemFigures> => {
    const scores: Score[] = [];
    for await (const score of readScores(folder, name)) scores.push(score);
    const path = scoresPath(folder, name);
    return systemFigures(name, scores, decodingOptions(await readMetadata(path), basename(path)));
  };
  const systems: [SystemFigures, ...SystemFigures[]] = [await read(first)];
  for (const name of rest) systems.push(await read(name));
  return systems;
}

/** @throws UsageError `system` when it is not there and `mustBe`. */
export function named(
  systems: readonly SystemFigures[],
  name: string,
  folder: string,
  mustBe: boolean,
): SystemFigures | undefined {
  const found = systems.find((system) => system.name === name);
  if (found === undefined && mustBe) {
    const names = systems.map((system) => system.name).join(', ');
    throw new UsageError('system', `${folder} has no system ${JSON.stringify(name)}; it has ${names}.`);
  }
  return found;
}

/** Those with most errors first; of equally many, the one with fewer units, then by id. */
async function worstUtterances(
  folder: string,
  looked: SystemFigures,
  baseline: SystemFigures,
  { worst, audioBytes }: ReportOptions,
): Promise<readonly ShownUtterance[]> {
  const ids = [...looked.outcomes]
    .filter(([, { errors }]) => errors > 0)
    .sort(([idA, a], [idB, b]) => b.errors - a.errors || a.units - b.units || (idA < idB ? -1 : 1))
    .slice(0, worst)
    .map(([id]) => id);
  const scores = await scoresOf(folder, looked.name, new Set(ids));
  const baselines =
    looked === baseline ? new Map<string, Score>() : await scoresOf(folder, baseline.name, new Set(ids));
  const clipOf = clipReader(audioBytes, LONGEST_CLIP);
  const shown: ShownUtterance[] = [];
  for (const id of ids) {
    const score = scores.get(id);
    if (score === undefined) continue;
    const same = baselines.get(id);
    shown.push({
      score: { ...score, system: looked.name },
      baseline: same === undefined ? null : { ...same, system: baseline.name },
      clip: await clipOf(score.origin),
    });
  }
  return shown;
}

async function scoresOf(folder: string, system: string, ids: ReadonlySet<string>): Promise<Map<string, Score>> {
  const found = new Map<string, Score>();
  for await (const score of readScores(folder, system)) if (ids.has(score.id)) found.set(score.id, score);
  return found;
}
