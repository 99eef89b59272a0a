/**
 * Hypotheses as text, for people and for other programs: plain text, subtitles, openai-whisper's JSON, files for
 * scoring. Pieces that `segment` cut from one recording are put together again.
 *
 * A record's lease closes when its text was taken over. So a recording whose pieces arrive one by one holds none of the
 * run's leases, and one whose pieces did not all arrive is written at the end, with a line to say so.
 */
import { once } from 'node:events';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import type { Hypothesis, Part } from '../records.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { uniqueNames } from '../tables/text/file-names.ts';
import { json, jsonLine } from '../tables/text/json.ts';
import { kaldi, sortedByBytes } from '../tables/text/kaldi.ts';
import { srt } from '../tables/text/srt.ts';
import { type Transcript, transcriptOf } from '../tables/text/transcript.ts';
import { trn } from '../tables/text/trn.ts';
import { tsv } from '../tables/text/tsv.ts';
import { labelledLine, txt } from '../tables/text/txt.ts';
import { vtt } from '../tables/text/vtt.ts';
import { type Call, defineOperator, type OperatorContext } from './define-operator.ts';

/** A file for each recording; `all` writes these. */
const fileFormats = { txt, json, srt, vtt, tsv: (transcript: Transcript) => tsv(transcript) } as const;

/** A line for each recording, and one file of that name for all of them. */
const lineFormats = { kaldi: { line: kaldi, file: 'text' }, trn: { line: trn, file: 'hyp.trn' } } as const;

const limit = z.int().min(1).nullable().default(null);

const options = z
  .strictObject({
    out: z
      .string()
      .min(1)
      .default('-')
      .describe(
        'A folder for the files, or "-" for standard output. In a folder a file is named after the audio file.',
      ),
    format: z
      .enum(['txt', 'json', 'srt', 'vtt', 'tsv', 'kaldi', 'trn', 'all'])
      .default('txt')
      .describe(
        'txt: a line for each segment. json: fields of openai-whisper. srt, vtt: subtitles. tsv: start and end in milliseconds, text. kaldi: one file "text" for all. trn: one file "hyp.trn" for sclite. all: the first five, each in its file.',
      ),
    label: z
      .boolean()
      .default(false)
      .describe(
        'Standard output only, for several recordings: txt becomes one line each with the file in front, tsv gets a column "file".',
      ),
    name: z
      .enum(['file', 'id'])
      .default('file')
      .describe(
        'After what files in a folder are named: the audio file, or the id where one audio file holds many utterances.',
      ),
    highlightWords: z
      .boolean()
      .default(false)
      .describe('srt, vtt: underlines each word while it is spoken; needs word times.'),
    maxLineWidth: limit.describe('srt, vtt: characters in a line, at most; needs word times. null: no limit.'),
    maxLineCount: limit.describe(
      'srt, vtt: lines in a cue, at most; needs maxLineWidth. null: cues follow the segments.',
    ),
    maxWordsPerLine: limit.describe(
      'srt, vtt: words in a cue, at most; needs word times, without effect beside maxLineCount.',
    ),
  })
  .refine(({ out, format }) => out !== '-' || format !== 'all', {
    path: ['format'],
    message: '"all" writes several files; name a folder in "out"',
  })
  .refine(({ out, label, format }) => out !== '-' || !label || (format !== 'srt' && format !== 'vtt'), {
    path: ['format'],
    message: 'subtitles of several recordings cannot share standard output; name a folder in "out"',
  })
  .refine(({ maxLineWidth, maxLineCount }) => maxLineCount === null || maxLineWidth !== null, {
    path: ['maxLineCount'],
    message: 'has an effect only together with maxLineWidth',
  });

type Options = z.output<typeof options>;

export const writeText = defineOperator(
  {
    name: 'write-text',
    summary: 'Writes hypotheses as text, subtitles, JSON or files for scoring.',
    shape: 'gather',
    input: 'hypothesis',
    output: 'part',
    sink: true,
    checkpoint: 'no',
    options,
  },
  async (given, context) => {
    const write = given.out === '-' ? toStandardOutput(given) : await toFolder(given, context);
    const waiting = new Map<string, [Hypothesis, ...Hypothesis[]]>();

    /** The pieces of the recording, once they are all there; until then undefined. */
    function complete(record: Hypothesis): [Hypothesis, ...Hypothesis[]] | undefined {
      const { piece } = record.origin;
      if (piece === null) return [record];
      const pieces = waiting.get(piece.recording);
      if (pieces === undefined) waiting.set(piece.recording, [record]);
      else pieces.push(record);
      const all = waiting.get(piece.recording);
      if (all === undefined || all.length < piece.count) return undefined;
      waiting.delete(piece.recording);
      return all;
    }

    return {
      async add(record, call) {
        refuseWithoutWords(record, given);
        const pieces = complete(record);
        const parts = pieces === undefined ? [] : await write.transcript(transcriptOf(pieces), call);
        return [{ record: null, from: [record] }, ...parts.map(reported)];
      },
      async flush(call) {
        const parts: Part[] = [];
        for (const [recording, pieces] of waiting) {
          context.note(
            `${recording}: ${pieces.length} of ${pieces[0].origin.piece?.count ?? 0} pieces were recognised; its text has gaps`,
          );
          parts.push(...(await write.transcript(transcriptOf(pieces), call)));
        }
        waiting.clear();
        return [...parts, ...(await write.end())].map(reported);
      },
    };
  },
);

function reported(part: Part): { record: Part; from: [] } {
  return { record: part, from: [] };
}

/** @throws RecordError `no-word-times` when an option cannot be followed. */
function refuseWithoutWords({ id, segments }: Hypothesis, { format, ...given }: Options): void {
  const isSubtitle = format === 'srt' || format === 'vtt' || format === 'all';
  const asks = given.highlightWords || given.maxLineWidth !== null || given.maxWordsPerLine !== null;
  if (!isSubtitle || !asks || segments.every(({ words }) => words !== null)) return;
  const message = `${id} has no word times, which highlightWords, maxLineWidth and maxWordsPerLine need; set wordTimestamps: true where it is recognised.`;
  throw new RecordError('no-word-times', message);
}

/** Where transcripts go; both give the files that they have closed. */
interface Destination {
  transcript(transcript: Transcript, call: Call): Promise<readonly Part[]>;
  end(): Promise<readonly Part[]>;
}

function toStandardOutput({ format, label, ...given }: Options): Destination {
  const text = (transcript: Transcript): string => {
    if (format === 'json') return jsonLine(transcript);
    if (format === 'txt') return label ? labelledLine(transcript) : txt(transcript);
    if (format === 'tsv') return tsv(transcript, label);
    if (format === 'kaldi' || format === 'trn') return lineFormats[format].line(transcript);
    return format === 'srt' ? srt(transcript, given) : vtt(transcript, given);
  };
  return {
    async transcript(transcript, { signal }) {
      if (!process.stdout.write(text(transcript))) await once(process.stdout, 'drain', { signal });
      return [];
    },
    end: () => Promise.resolve([]),
  };
}

async function toFolder({ out, format, name, ...given }: Options, context: OperatorContext): Promise<Destination> {
  // Before hours of work: can anything be written there?
  await (await openPendingFile(join(out, 'text'))).discard();
  if (format === 'kaldi' || format === 'trn') {
    const { line, file } = lineFormats[format];
    const lines: string[] = [];
    return {
      transcript: (transcript) => {
        lines.push(line(transcript));
        return Promise.resolve([]);
      },
      end: async () => {
        const sorted = format === 'kaldi' ? sortedByBytes(lines) : lines;
        return [await writeFile(join(out, file), sorted.join(''), lines.length)];
      },
    };
  }
  const formats = format === 'all' ? (Object.keys(fileFormats) as (keyof typeof fileFormats)[]) : [format];
  const chooseName = uniqueNames((message) => context.note(message));
  return {
    async transcript(transcript) {
      const { id, path, segments } = transcript;
      const stem = chooseName(name === 'id' ? id : basename(path, extname(path)), path);
      const parts: Part[] = [];
      for (const each of formats) {
        parts.push(
          await writeFile(join(out, `${stem}.${each}`), fileFormats[each](transcript, given), segments.length),
        );
      }
      return parts;
    },
    end: () => Promise.resolve([]),
  };
}

async function writeFile(path: string, text: string, rows: number): Promise<Part> {
  const file = await openPendingFile(path);
  try {
    await file.write(Buffer.from(text));
    await file.commit();
  } finally {
    await file.discard();
  }
  return { kind: 'part', id: path, path, rows, bytes: file.bytes };
}
