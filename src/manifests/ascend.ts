/**
 * ASCEND (Lovenia et al. 2022; CAiRE/ASCEND on the Hugging Face hub): {train,validation,test}_metadata.csv with a path or
 * file_name, transcription, duration, language (zh, en, mixed), original_speaker_id, session_id and topic, and the folder
 * waves beside them. Given one of the tables, that part alone is listed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '../errors.ts';
import { delimited } from './delimited.ts';
import type { Entry, Reading } from './fields.ts';
import { textLines } from './text-lines.ts';

const parts = ['train', 'validation', 'test'].map((part) => `${part}_metadata.csv`);

/** The tables in a folder, training first. */
export function ascendTables(folder: string): string[] {
  return parts.map((part) => join(folder, part)).filter((path) => existsSync(path));
}

export async function* ascend(folder: string, reading: Reading): AsyncGenerator<Entry> {
  for (const path of ascendTables(folder)) {
    const columns = { path: await pathColumn(path), speaker: 'original_speaker_id', text: 'transcription' };
    for await (const entry of delimited(path, 'csv', { ...reading, columns })) {
      yield entry instanceof RecordError || entry.language !== 'mixed' ? entry : { ...entry, language: 'zh-en' };
    }
  }
}

/** The name that the column of audio paths has; the owners have used both. */
async function pathColumn(path: string): Promise<string> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) break;
    return line.text.split(',').includes('path') ? 'path' : 'file_name';
  }
  return 'path';
}
