/**
 * Manifests with one JSON object a line: NeMo (audio_filepath, duration, offset, text, lang), FunASR (key, source,
 * target, text_language), WeNet (key, wav, txt, start, end).
 */
import { RecordError } from '../errors.ts';
import { attempt, readEntry, type Entry, type Reading } from './fields.ts';
import { textLines } from './text-lines.ts';

/** Reads a manifest line by line; lines with nothing in them are passed over. */
export async function* jsonLines(path: string, reading: Reading): AsyncGenerator<Entry> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
    } else if (line.text.trim() !== '') {
      const place = `${path}:${line.number}`;
      yield attempt(place, () => {
        const object = parseObject(line.text);
        return readEntry((column) => (Object.hasOwn(object, column) ? object[column] : undefined), place, reading);
      });
    }
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError('manifest-line', 'not a JSON object on one line', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecordError('manifest-line', 'not a JSON object; write one object a line');
  }
  return value as Record<string, unknown>;
}
