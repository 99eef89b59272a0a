/**
 * Mixed error rate of two transcriptions of the clips in ../shared/golden that have texts, and the clips on which they
 * differ: what int8 weights cost in use.
 *
 *     npx diglot transcribe ../shared/audio/*.wav ../shared/audio/*.flac ../shared/audio/*.mp3 --language zh,en \
 *       --format json --model MODEL > MODEL.jsonl      (for each model)
 *     npx tsx bench/compare-transcripts.ts FLOAT.jsonl INT8.jsonl
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { editDistance } from '../src/scoring/edit-distance.ts';
import { profileNamed } from '../src/scoring/profiles/profile-named.ts';
import { readClips } from './golden/clips.ts';

interface Scored {
  readonly text: string;
  readonly errors: number;
}

const { units: canonicalUnits } = await profileNamed('canonical');
const unitsOf = (text: string): string[] => canonicalUnits(text).map((unit) => unit.text);
const references = new Map(
  (await readClips([''])).flatMap(({ file, text }) =>
    text === null ? [] : [[basename(file), unitsOf(text)] as const],
  ),
);

/** What a file of `diglot transcribe --format json` says of the clips with texts. */
function scored(path: string): Map<string, Scored> {
  const clips = new Map<string, Scored>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const { file, text } = JSON.parse(line) as { file: string; text: string };
    const reference = references.get(basename(file));
    if (reference === undefined) continue;
    clips.set(basename(file), { text, errors: editDistance(reference, unitsOf(text)) });
  }
  return clips;
}

const [first = '', second = ''] = process.argv.slice(2);
const [one, other] = [scored(first), scored(second)];
const units = [...one.keys()].reduce((sum, file) => sum + (references.get(file)?.length ?? 0), 0);
for (const [path, clips] of [
  [first, one],
  [second, other],
] as const) {
  const errors = [...clips.values()].reduce((sum, clip) => sum + clip.errors, 0);
  console.log(
    `${path}: ${clips.size} clips, ${errors} errors in ${units} units, ${((100 * errors) / units).toFixed(2)} %`,
  );
}
for (const [file, { text, errors }] of one) {
  const theirs = other.get(file);
  if (theirs?.text === text) continue;
  console.log(`${file}: ${errors} and ${theirs?.errors ?? 'no'} errors\n    ${text}\n    ${theirs?.text ?? ''}`);
}
