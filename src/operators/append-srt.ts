/**
 * Final texts of a live session as SubRip subtitles that can be read at any moment, also when the run is killed. A cue
 * grows with the final texts of its utterance until it is as long as a subtitle may be.
 */
import { z } from 'zod';
import type { FinalText, Part } from '../records.ts';
import { type GrowingFile, openGrowingFile } from '../tables/growing-file.ts';
import { milliseconds, timestamp } from '../tables/text/timestamp.ts';
import { defineOperator } from './define-operator.ts';

/** The cue that may still grow. Times in seconds. */
interface Cue {
  readonly utterance: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const appendSrt = defineOperator(
  {
    name: 'append-srt',
    summary: 'Writes the final texts of a live session as subtitles that are whole at any moment.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    options: z.strictObject({
      path: z.string().min(1).nullable().default(null).describe('The file; null writes none.'),
      overwrite: z.boolean().default(false).describe('Whether to replace a file that is there.'),
      mostSeconds: z.number().positive().default(7).describe('Seconds behind which a cue takes no more words.'),
    }),
    checkpoint: 'no',
  },
  async ({ path, overwrite, mostSeconds }, context) => {
    const file: GrowingFile | null = path === null ? null : await openGrowingFile(path, overwrite);
    context.onClose(() => file?.close());
    let cue: Cue | null = null;
    let cues = 0;

    const write = async ({ utterance, text, words, origin }: FinalText): Promise<void> => {
      if (words.length === 0) return;
      const end = origin.start + origin.duration;
      const goesOn: boolean = cue?.utterance === utterance && end - cue.start <= mostSeconds;
      if (!goesOn) cues += 1;
      cue =
        goesOn && cue !== null
          ? { ...cue, end, text: cue.text + text }
          : { utterance, at: file!.bytes, start: origin.start, end, text: text.trimStart() };
      const time = (seconds: number): string => timestamp(milliseconds(seconds), true, ',');
      const shown = cue.text.replaceAll(/\s+/g, ' ').replaceAll('-->', '->');
      const lines = `${cues}\n${time(cue.start)} --> ${time(cue.end)}\n${shown}\n\n`;
      await file!.replace(cue.at, Buffer.from(lines));
    };

    return {
      async add(record) {
        if (file !== null && record.kind === 'final') await write(record);
        return [{ record: null, from: [record] }];
      },
      async flush() {
        if (file === null) return [];
        await file.close();
        const part: Part = { kind: 'part', id: file.path, path: file.path, rows: cues, bytes: file.bytes };
        return [{ record: part, from: [] }];
      },
    };
  },
);
