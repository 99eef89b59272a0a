/**
 * NIST's `stm` (file, channel, speaker, start, end, <label>, text) and `ctm` (file, channel, start, duration, word,
 * confidence). Each recording and channel becomes one text in the order of time, so that the two can be held against each
 * other; unlike sclite, the alignment does not look at the times.
 */
import { RecordError } from '../../errors.ts';
import { textLines } from '../text-lines.ts';
import { textFault, type TextEntry } from './utterance-text.ts';

interface Timed {
  readonly start: number;
  readonly text: string;
}

const forms = {
  stm: {
    line: /^(\S+)\s+(\S+)\s+\S+\s+([\d.]+)\s+[\d.]+(?:\s+<[^>]*>)?(?:\s+(.*?))?\s*$/u,
    expected: 'file, channel, speaker, start, end and text',
  },
  ctm: {
    line: /^(\S+)\s+(\S+)\s+([\d.]+)\s+[\d.]+\s+(\S+)(?:\s|$)/u,
    expected: 'file, channel, start, duration and word',
  },
} as const;

/** The whole file is held in memory. */
export async function* timedWords(path: string, format: keyof typeof forms): AsyncGenerator<TextEntry> {
  const { line: form, expected } = forms[format];
  const recordings = new Map<string, { place: string; pieces: Timed[] }>();
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    if (line.text.trim() === '' || line.text.startsWith(';;')) continue;
    const place = `${path}:${line.number}`;
    const [, file, channel, start, text = ''] = form.exec(line.text) ?? [];
    if (file === undefined || channel === undefined || !Number.isFinite(Number(start))) {
      yield textFault(place, `expected ${expected}, with times in seconds`);
      continue;
    }
    const id = /^[1aA]$/.test(channel) ? file : `${file}-${channel}`;
    const recording = recordings.get(id) ?? { place, pieces: [] };
    recordings.set(id, recording);
    if (text !== 'ignore_time_segment_in_scoring') recording.pieces.push({ start: Number(start), text });
  }
  for (const [id, { place, pieces }] of recordings) {
    const text = pieces
      .toSorted((a, b) => a.start - b.start)
      .map((piece) => piece.text)
      .join(' ');
    yield { id, text, speaker: null, place };
  }
}
