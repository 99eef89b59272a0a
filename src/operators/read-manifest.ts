/**
 * The utterances of a corpus, one after the other: audio files, folders and patterns of them, and manifests as NeMo,
 * FunASR, WeNet, Kaldi, spreadsheets, Arrow and Parquet have them, tar shards, and the folders of SEAME, ASCEND and AISHELL-1.
 * A line that cannot be used is an error row that says where it stands. Manifests are read as a stream; what grows with
 * them are 16 to 32 bytes for each id that has been given.
 *
 * Training goes through a corpus several times. A later epoch reads the manifests again and gives each utterance the id
 * `ID~2`, `ID~3` and so on, so that what is drawn for a record (`augment`) differs from epoch to epoch, and ids stay
 * unique. `shuffle` holds the utterances of an epoch in memory, about 500 bytes each; the order is a function of the
 * seed and the epoch. `order: length` holds those of a pool.
 */
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { randomNumbersFor, shuffled } from '../random-numbers.ts';
import type { Utterance } from '../records.ts';
import { columnsSchema, type Entry } from '../manifests/fields.ts';
import {
  findManifests,
  formats,
  readManifestEntries,
  type Manifest,
  type ReadingOptions,
} from '../manifests/find-manifests.ts';
import { seenIds } from '../manifests/seen-ids.ts';
import { defineOperator } from './define-operator.ts';

/** Bytes: a manifest up to this size is read once before the run, to know how much there is to come. */
const COUNTED_BYTES = 16 << 20;

export const readManifest = defineOperator(
  {
    name: 'read-manifest',
    summary: 'Lists the utterances of audio files, folders, patterns and manifests.',
    shape: 'expand',
    input: null,
    output: 'utterance',
    incidental: ['paths', 'format', 'root', 'within', 'columns', 'order', 'pool', 'epochs', 'shuffle', 'seed'],
    options: z
      .strictObject({
        paths: z
          .array(z.string().min(1))
          .min(1)
          .describe(
            'Audio files, folders, patterns such as talks/**/*.flac, and manifests. Asked for: there is no default corpus.',
          ),
        format: z
          .enum(['auto', ...formats])
          .default('auto')
          .describe(
            'Form of the manifests; auto tells it by their names and first bytes, and SEAME, ASCEND and AISHELL-1 by their folders.',
          ),
        root: z
          .string()
          .nullable()
          .default(null)
          .describe("Folder that relative audio paths in a manifest start from; null is the manifest's own."),
        within: z
          .string()
          .nullable()
          .default(null)
          .describe('Folder that every audio file named in a manifest must lie in; null is root. "/" allows all.'),
        columns: columnsSchema
          .default({})
          .describe(
            'Names that a manifest has for id, path, start, end, duration, text, language or speaker, where they are not the usual ones: {"text": "zh"}.',
          ),
        order: z
          .enum(['given', 'length'])
          .default('given')
          .describe(
            'Order of the utterances: as the manifests have it, or of each pool the longest first, so that utterances of like length follow each other; those of unknown length come last.',
          ),
        pool: z
          .int()
          .min(1)
          .default(4096)
          .describe('Utterances that are put in order at a time; about 500 bytes of memory each.'),
        epochs: z
          .int()
          .min(1)
          .default(1)
          .describe('How often the utterances are given: from the second time on with ~2, ~3, … behind their ids.'),
        shuffle: z
          .boolean()
          .default(false)
          .describe('Give the utterances of each epoch in an order that is drawn, all manifests mixed.'),
        seed: z.int().default(1).describe('Decides over the order of shuffled epochs.'),
      })
      .refine(({ order, shuffle }) => order === 'given' || !shuffle, {
        path: ['order'],
        message: 'cannot be length where shuffle draws the order',
      }),
    checkpoint: 'stateless',
  },
  async ({ paths, format, order, pool, epochs, shuffle, seed, ...reading }, context) => {
    const manifests: Manifest[] = [];
    for (const path of paths) manifests.push(...(await findManifests(path, format === 'auto' ? null : format)));
    const amount = await count(manifests, reading, context.wants);
    if (amount !== null) {
      context.expect(epochs * amount.records, amount.audioSeconds === null ? null : epochs * amount.audioSeconds);
    }
    return async function* (_, { signal }) {
      for (let epoch = 1; epoch <= epochs; epoch++) {
        // What cannot be used is told once, not in every epoch.
        const entries = usable(manifests, reading, epoch === 1);
        const sorted = order === 'length' ? longestFirst(entries, pool) : entries;
        const ordered = shuffle ? await shuffledEntries(sorted, seed, epoch) : sorted;
        for await (const entry of ordered) {
          if (signal.aborted) return;
          yield entry instanceof RecordError || epoch === 1 ? entry : { ...entry, id: `${entry.id}~${epoch}` };
        }
      }
    };
  },
);

/** The utterances of an epoch in the order that is drawn for it, behind what cannot be used. */
async function shuffledEntries(entries: AsyncIterable<Entry>, seed: number, epoch: number): Promise<readonly Entry[]> {
  const faults: RecordError[] = [];
  const utterances: Utterance[] = [];
  for await (const entry of entries) {
    if (entry instanceof RecordError) faults.push(entry);
    else utterances.push(entry);
  }
  return [...faults, ...shuffled(utterances, randomNumbersFor(seed, `epoch ${epoch}`))];
}

/** Of every pool the longest first, those of like length in their order; what cannot be used is given at once. */
async function* longestFirst(entries: AsyncIterable<Entry>, pool: number): AsyncGenerator<Entry> {
  let held: Utterance[] = [];
  const ordered = () => held.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
  for await (const entry of entries) {
    if (entry instanceof RecordError) {
      yield entry;
      continue;
    }
    held.push(entry);
    if (held.length < pool) continue;
    yield* ordered();
    held = [];
  }
  yield* ordered();
}

/** Every id once; the second utterance of an id is a fault. */
async function* usable(
  manifests: readonly Manifest[],
  reading: ReadingOptions,
  withFaults: boolean,
): AsyncGenerator<Entry> {
  const given = seenIds();
  for (const manifest of manifests) {
    for await (const entry of readManifestEntries(manifest, reading)) {
      if (!(entry instanceof RecordError) && given.add(entry.id)) {
        yield entry;
      } else if (!withFaults) {
        continue;
      } else if (entry instanceof RecordError) {
        yield entry;
      } else {
        const message = `${manifest.path}: the id ${entry.id} is there more than once; give every utterance its own, or, where ids come of paths, name a folder above all of them with the option root.`;
        yield new RecordError('duplicate-id', message, { id: entry.id });
      }
    }
  }
}

/** How much the manifests hold; null where it would take long to find out. */
async function count(manifests: readonly Manifest[], reading: ReadingOptions, wants: (entry: Entry) => boolean) {
  let records = 0;
  let audioSeconds: number | null = 0;
  for (const manifest of manifests) {
    if (manifest.format === 'audio') {
      for (const entry of readManifestEntries(manifest, reading) as Iterable<Entry>) if (wants(entry)) records++;
      audioSeconds = null;
    } else if (manifest.bytes > COUNTED_BYTES) {
      return null;
    } else {
      for await (const entry of readManifestEntries(manifest, reading)) {
        if (!wants(entry)) continue;
        records++;
        if (!(entry instanceof RecordError) && audioSeconds !== null) {
          audioSeconds = entry.duration === null ? null : audioSeconds + entry.duration;
        }
      }
    }
  }
  return { records, audioSeconds };
}
