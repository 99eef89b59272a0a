/**
 * Texts as JSON: a line for each utterance (NeMo, FunASR, WeNet, diglot), or one result for a whole file, as
 * openai-whisper writes it, which then is the utterance's id.
 */
import { readFile, stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { RecordError } from '../../errors.ts';
import { textLines } from '../text-lines.ts';
import { readText } from './text-fields.ts';
import { textFault, type Side, type TextEntry } from './utterance-text.ts';

/** Bytes; a result of many hours of speech has less. */
const LARGEST_RESULT = 64 * 2 ** 20;

export async function* jsonTexts(path: string, side: Side): AsyncGenerator<TextEntry> {
  const whole = await wholeResult(path);
  if (whole !== null) {
    yield readText(
      (column) => (column === 'id' ? parse(path).name : (whole as Readonly<Record<string, unknown>>)[column]),
      path,
      side,
    );
    return;
  }
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) yield line;
    else if (line.text.trim() !== '') yield lineText(line.text, `${path}:${line.number}`, side);
  }
}

function lineText(text: string, place: string, side: Side): TextEntry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return textFault(place, 'not a JSON object on one line; write one object a line', error);
  }
  if (typeof value !== 'object' || value === null)
    return textFault(place, 'not a JSON object; write one object a line');
  return readText(
    (column) => (Object.hasOwn(value, column) ? (value as Record<string, unknown>)[column] : null),
    place,
    side,
  );
}

/** The file as one JSON object without an id of its own; null where it is not one. */
async function wholeResult(path: string): Promise<object | null> {
  if ((await stat(path)).size > LARGEST_RESULT) return null;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
  return typeof value === 'object' && value !== null && 'segments' in value && !('file' in value) ? value : null;
}
