/**
 * Manifests as Arrow IPC, stream or file: columns as in the text forms, a row an utterance. A column of audio files, as
 * `datasets` of Hugging Face has it, is left out of the listing: `FILE.arrow/ROW` names the audio of a row.
 */
import { RecordBatchReader } from 'apache-arrow';
import { RecordError } from '../errors.ts';
import { checkedChunks } from '../tables/message-stream.ts';
import { type AudioColumn, audioColumn } from './arrow-audio.ts';
import { containerName } from './audio-path.ts';
import { namesColumn, readEntry, type Entry, type Reading } from './fields.ts';

/** Reads a table batch by batch; one batch is in memory, without its audio. A table that is broken ends with an error row. */
export async function* arrowTable(path: string, reading: Reading): AsyncGenerator<Entry> {
  let row = 0;
  let audio = null as AudioColumn | null;
  const chunks = checkedChunks(path, ({ schema, buffers }) => {
    if (schema !== null) audio = audioColumn(schema.fields);
    return audio === null ? undefined : buffers[audio.data];
  });
  const { name: container, folder } = containerName(reading.root, path);
  const inside = { root: folder, within: folder, columns: { ...reading.columns, path: 'path' } };
  try {
    for await (const batch of await RecordBatchReader.from(chunks)) {
      const header = batch.schema.fields.map(({ name }) => name);
      if (audio === null && !namesColumn(header, 'path', reading)) {
        const message = `${path}: neither a column of audio files nor one for their paths among ${header.join(', ')}; name it with the option columns.`;
        yield new RecordError('manifest-header', message, { id: path });
        return;
      }
      const columns = new Map(header.map((name, at) => [name, batch.getChildAt(at)]));
      const files = audio === null ? null : columns.get(audio.name);
      for (let at = 0; at < batch.numRows; at++, row++) {
        const cell = (name: string) => plain(columns.get(name)?.get(at));
        const place = `${path}:${row}`;
        const file = files?.get(at) as { readonly bytes: Uint8Array | null; readonly path?: string | null } | null;
        if ((file?.bytes?.length ?? 0) > 0) {
          const name = `${container}/${row}`;
          yield readEntry((column) => (column === 'path' ? name : cell(column)), place, inside);
        } else if (audio === null) {
          yield readEntry(cell, place, reading);
        } else {
          // Audio that was not put into the table stands where its path says.
          yield readEntry((column) => (column === 'path' ? file?.path : cell(column)), place, {
            ...reading,
            columns: inside.columns,
          });
        }
      }
    }
  } catch (error) {
    const message = `${path}: cannot be read on from row ${row} (${(error as Error).message}); write it as an uncompressed Arrow stream.`;
    yield new RecordError('manifest-broken', message, { id: path, cause: error });
  } finally {
    // A reader that fails leaves its source, and with it the file, open.
    await chunks.return(undefined);
  }
}

/** 64-bit integers come as bigint. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
