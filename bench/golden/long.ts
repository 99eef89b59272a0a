/** Segments and word times of `transcribe` on recordings longer than a window. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { readClip, share, shared, type GoldenOptions } from './clips.ts';

/**
 * The golden README leaves the options open. Its tokens are those of a beam of 5 in windows that do not follow the text of
 * those before: behind a prompt the timestamp rules forbid the second window of the Mandarin recording.
 */
const goldenTranscribeOptions = {
  ...defaultTranscribeOptions,
  guard: false,
  wordTimestamps: true,
  conditionOnPreviousText: false,
};

interface GoldenRecording {
  readonly file: string;
  readonly language: string;
  readonly segments: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly tokens: readonly number[];
    readonly words: readonly (readonly [word: string, start: number, end: number, probability: number])[];
  }[];
}

interface TimedCharacter {
  readonly character: string;
  readonly start: number;
  readonly end: number;
}

export async function compareLong({ model: name, audio, files }: GoldenOptions): Promise<unknown> {
  const { model, release } = await acquireModel(name, { device: 'auto', note: console.error });
  const recordings = JSON.parse(await readFile(join(shared, 'golden/long.json'), 'utf8')) as GoldenRecording[];
  const rows = [];
  console.log(
    '\nrecording                                     language  segments exact        words within 0.1 s    worst s',
  );
  for (const golden of recordings.filter(({ file }) => files.some((part) => file.includes(part)))) {
    const { samples } = await readClip(golden.file, audio);
    const result = await transcribe(model, melSpectrogram(samples, model.facts.bands), goldenTranscribeOptions);
    const exact = golden.segments.filter(({ tokens }, i) => tokens.join() === result.segments[i]?.tokens.join()).length;
    const words = compareWords(
      golden.segments.flatMap((segment) => segment.words.map(([word, start, end]) => ({ word, start, end }))),
      result.segments.flatMap((segment) => segment.words ?? []),
    );
    const { file } = golden;
    rows.push({
      file,
      language: result.language,
      segments: golden.segments.length,
      exact,
      ...words,
      text: result.text,
    });
    const language =
      result.language === golden.language ? result.language : `${result.language}, not ${golden.language}`;
    console.log(
      `${file.padEnd(45)} ${language.padEnd(9)} ${share(exact, golden.segments.length).padEnd(21)} ${share(words.within, words.count).padEnd(21)} ${words.worst.toFixed(2)}`,
    );
  }
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const within = rows.reduce((sum, row) => sum + row.within, 0);
  console.log(`all words within 0.1 s: ${share(within, count)}`);
  release();
  return rows;
}

/**
 * Words are cut otherwise than openai-whisper cuts mixed text, so times are compared where a word of one begins or ends at
 * a character at which a word of the other does; a golden word whose text was not found counts as missed.
 */
function compareWords(
  golden: readonly Timed[],
  ours: readonly Timed[],
): { count: number; within: number; worst: number } {
  const [goldenCharacters, ourCharacters] = [characters(golden), characters(ours)];
  const pairs = alignSame(
    goldenCharacters.map((c) => c.character),
    ourCharacters.map((c) => c.character),
  );
  let [within, worst, at] = [0, 0, 0];
  let compared = 0;
  for (const { word } of golden) {
    const length = [...word.trim()].length;
    const first = pairs.get(at);
    const last = pairs.get(at + length - 1);
    const startsToo = first !== undefined && !Number.isNaN(ourCharacters[first]!.start);
    const endsToo = last !== undefined && !Number.isNaN(ourCharacters[last]!.end);
    const differences = [
      ...(startsToo ? [Math.abs(ourCharacters[first]!.start - goldenCharacters[at]!.start)] : []),
      ...(endsToo ? [Math.abs(ourCharacters[last]!.end - goldenCharacters[at + length - 1]!.end)] : []),
    ];
    at += length;
    // Inside one of our words (openai-whisper breaks English words under the tag zh): there is no time to compare.
    if (first !== undefined && last !== undefined && differences.length === 0) continue;
    compared++;
    const difference = Math.max(...differences);
    if (differences.length === 0) continue;
    worst = Math.max(worst, difference);
    if (difference <= 0.1 + 1e-9) within++;
  }
  return { count: compared, within, worst };
}

interface Timed {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The characters of words; the first knows when the word starts, the last when it ends. */
function characters(words: readonly Timed[]): TimedCharacter[] {
  return words.flatMap(({ word, start, end }) => {
    const all = [...word.trim()];
    return all.map((character, i) => ({
      character,
      start: i === 0 ? start : NaN,
      end: i === all.length - 1 ? end : NaN,
    }));
  });
}

/** Places of a longest common subsequence: index in `a` to index in `b`. */
function alignSame(a: readonly string[], b: readonly string[]): Map<number, number> {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const pairs = new Map<number, number>();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.set(i++, j++);
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
