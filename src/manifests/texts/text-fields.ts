/** From the fields of a line, whoever wrote it, to the text of an utterance. */
import { z } from 'zod';
import { textFault, type Side, type TextEntry } from './utterance-text.ts';

const ids = ['id', 'key', 'utt_id', 'utt', 'uttid', 'file', 'audio_filepath', 'path', 'wav', 'audio', 'filename'];
const speakers = ['speaker', 'spk', 'speaker_id', 'client_id'];
/** NeMo, FunASR, WeNet, openai-whisper and common headers; where a file has both sides, each finds its own first. */
const texts: Readonly<Record<Side, readonly string[]>> = {
  reference: ['reference', 'ref', 'text', 'target', 'txt', 'sentence', 'transcript', 'transcription'],
  hypothesis: [
    'hypothesis',
    'hyp',
    'pred_text',
    'prediction',
    'pred',
    'text',
    'target',
    'txt',
    'transcript',
    'transcription',
  ],
};

const label = z.union([z.string(), z.number().transform(String), z.bigint().transform(String)]);
const schema = z.object({
  id: label.pipe(z.string().trim().min(1)),
  text: z.string(),
  speaker: label.nullable(),
});

/** Whether a header names an id and a text of this side. */
export function namesText(header: readonly string[], side: Side): boolean {
  return [ids, texts[side]].every((names) => names.some((name) => header.includes(name)));
}

/** @param cell The value of a column, undefined or null where it has none. */
export function readText(cell: (column: string) => unknown, place: string, side: Side): TextEntry {
  const find = (names: readonly string[]): unknown =>
    names.map(cell).find((value) => value !== undefined && value !== null) ?? null;
  const parsed = schema.safeParse({ id: find(ids), text: find(texts[side]), speaker: find(speakers) });
  if (parsed.success) return { ...parsed.data, place };
  const missing = parsed.error.issues.map(({ path: [field] }) =>
    field === 'id' ? 'an id' : `a ${side} ${String(field)}`,
  );
  return textFault(
    place,
    `there is not ${missing.join(' and ')}; ids are read from ${ids.slice(0, 6).join(', ')} and the ${side} from ${texts[side].join(', ')}`,
  );
}
