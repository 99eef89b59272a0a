/**
 * Keeps the records that meet every condition; the others leave by the port `dropped`, counted, where another node may
 * read them. What a record does not know (a reference that its manifest does not give) meets no condition about it.
 *
 * Chance has no memory: whether an id is in a share depends on the id and the seed alone, so a run in shards, in another
 * order or at another time keeps the same records, and a larger share contains a smaller one.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { type AnyRecord, secondsOf } from '../records.ts';
import { defineOperator } from './define-operator.ts';

export const filter = defineOperator(
  {
    name: 'filter',
    summary: 'Keeps the records that meet every condition.',
    shape: 'each',
    input: 'any',
    output: 'same',
    options: z
      .strictObject({
        minSeconds: z.number().min(0).default(0).describe('Shortest audio to keep, in seconds, inclusive.'),
        maxSeconds: z
          .number()
          .min(0)
          .nullable()
          .default(null)
          .describe('Longest audio to keep, in seconds, inclusive; null keeps any.'),
        languages: z
          .array(z.string().min(1))
          .nullable()
          .default(null)
          .describe('Languages to keep, as the record spells its own (zh, en, zh-en); null keeps any.'),
        ids: z
          .array(z.string().min(1))
          .nullable()
          .default(null)
          .describe('Ids to keep; * stands for any characters, ? for one. null keeps any.'),
        exceptIds: z.array(z.string().min(1)).default([]).describe('Ids to drop, spelt as in ids; they win over ids.'),
        speakers: z.array(z.string().min(1)).nullable().default(null).describe('Speakers to keep; null keeps any.'),
        reference: z
          .enum(['any', 'present', 'absent'])
          .default('any')
          .describe('Whether to keep records with a reference text, without one, or both. Blank counts as absent.'),
        share: z.number().min(0).max(1).default(1).describe('Share of the ids to keep, from 0 to 1, chosen by a hash.'),
        seed: z.int().default(0).describe('Chooses another share of the same size.'),
      })
      .refine(({ minSeconds, maxSeconds }) => maxSeconds === null || minSeconds <= maxSeconds, {
        path: ['maxSeconds'],
        message: 'must not be below minSeconds, else nothing is kept',
      }),
    checkpoint: 'stateless',
  },
  ({ minSeconds, maxSeconds, languages, ids, exceptIds, speakers, reference, share, seed }) => {
    const wanted = ids === null ? null : matcher(ids);
    const unwanted = matcher(exceptIds);
    const asksSeconds = minSeconds > 0 || maxSeconds !== null;
    return (record) => {
      const keeps =
        (wanted === null || wanted(record.id)) &&
        !unwanted(record.id) &&
        (!asksSeconds || isBetween(knownSeconds(record), minSeconds, maxSeconds ?? Infinity)) &&
        (languages === null || languages.includes(languageOf(record) ?? '')) &&
        (speakers === null || speakers.includes(speakerOf(record) ?? '')) &&
        (reference === 'any' || (reference === 'present') === hasReference(record)) &&
        (share === 1 || fraction(record.id, seed) < share);
      return keeps ? record : undefined;
    };
  },
);

/** Exact ids and patterns, as one test. */
function matcher(patterns: readonly string[]): (id: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = patterns.filter((pattern) => !exact.has(pattern)).map((pattern) => [...pattern]);
  return (id) => exact.has(id) || (globs.length > 0 && globs.some((glob) => matchesGlob(glob, [...id])));
}

/** Goes back to the last star only, so that no pattern takes longer than its length times the text's. */
function matchesGlob(glob: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length;) {
    if (glob[at] === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (glob[at] === '?' || glob[at] === text[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else return false;
  }
  return glob.slice(at).every((character) => character === '*');
}

/** @throws RecordError `unknown-duration` */
function knownSeconds(record: AnyRecord): number {
  const seconds = secondsOf(record);
  if (seconds !== null) return seconds;
  const message = `The ${record.kind} ${record.id} does not tell how long it is; put "filter" behind "read-audio".`;
  throw new RecordError('unknown-duration', message);
}

function isBetween(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}

function languageOf(record: AnyRecord): string | null {
  if (record.kind === 'language-posterior') return record.languages[0] ?? null;
  return 'language' in record ? record.language : null;
}

function speakerOf(record: AnyRecord): string | null {
  if ('origin' in record) return record.origin.speaker;
  return 'speaker' in record ? record.speaker : null;
}

function hasReference(record: AnyRecord): boolean {
  const text = 'origin' in record ? record.origin.reference : 'reference' in record ? record.reference : null;
  return text !== null && text.trim() !== '';
}

/** A number in [0, 1) that an id and a seed decide. */
function fraction(id: string, seed: number): number {
  return createHash('sha256').update(`${seed}:${id}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
