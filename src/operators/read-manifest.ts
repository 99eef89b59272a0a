/**
 * The utterances of a corpus, one after the other: audio files, folders and patterns of them, and manifests as NeMo,
 * FunASR, WeNet, Kaldi, spreadsheets and Arrow have them. A line that cannot be used is an error row that says where it
 * stands. Manifests are read as a stream; what grows with them is the set of ids that have been given.
 */
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { columnsSchema } from '../manifests/fields.ts';
import {
  findManifests,
  formats,
  readManifestEntries,
  type Manifest,
  type ReadingOptions,
} from '../manifests/find-manifests.ts';
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
    options: z.strictObject({
      paths: z
        .array(z.string().min(1))
        .min(1)
        .describe(
          'Audio files, folders, patterns such as talks/**/*.flac, and manifests. Asked for: there is no default corpus.',
        ),
      format: z
        .enum(['auto', ...formats])
        .default('auto')
        .describe('Form of the manifests; auto tells it by their names and first bytes.'),
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
    }),
    checkpoint: 'stateless',
  },
  async ({ paths, format, ...reading }, context) => {
    const manifests: Manifest[] = [];
    for (const path of paths) manifests.push(...(await findManifests(path, format === 'auto' ? null : format)));
    const amount = await count(manifests, reading);
    if (amount !== null) context.expect(amount.records, amount.audioSeconds);
    return async function* (_, { signal }) {
      const given = new Set<string>();
      for (const manifest of manifests) {
        for await (const entry of readManifestEntries(manifest, reading)) {
          if (signal.aborted) return;
          if (entry instanceof RecordError) {
            yield entry;
          } else if (given.has(entry.id)) {
            const message = `${manifest.path}: the id ${entry.id} is there more than once; give every utterance its own.`;
            yield new RecordError('duplicate-id', message, { id: entry.id });
          } else {
            given.add(entry.id);
            yield entry;
          }
        }
      }
    };
  },
);

/** How much the manifests hold; null where it would take long to find out. */
async function count(manifests: readonly Manifest[], reading: ReadingOptions) {
  let records = 0;
  let audioSeconds: number | null = 0;
  for (const manifest of manifests) {
    if (manifest.format === 'audio') {
      records++;
      audioSeconds = null;
    } else if (manifest.bytes > COUNTED_BYTES) {
      return null;
    } else {
      for await (const entry of readManifestEntries(manifest, reading)) {
        records++;
        if (!(entry instanceof RecordError) && audioSeconds !== null) {
          audioSeconds = entry.duration === null ? null : audioSeconds + entry.duration;
        }
      }
    }
  }
  return { records, audioSeconds };
}
