/** Manifests as Arrow IPC, stream or file: columns as in the text forms, a row an utterance. */
import { RecordBatchReader } from 'apache-arrow';
import { RecordError } from '../errors.ts';
import { checkedChunks } from '../tables/message-stream.ts';
import { namesColumn, readEntry, type Entry, type Reading } from './fields.ts';

/** Reads a table batch by batch; one batch is in memory. A table that is broken ends with an error row. */
export async function* arrowTable(path: string, reading: Reading): AsyncGenerator<Entry> {
  let row = 0;
  const chunks = checkedChunks(path);
  try {
    for await (const batch of await RecordBatchReader.from(chunks)) {
      const header = batch.schema.fields.map(({ name }) => name);
      if (!namesColumn(header, 'path', reading)) {
        const message = `${path}: no column for the audio path among ${header.join(', ')}; name it with the option columns.`;
        yield new RecordError('manifest-header', message, { id: path });
        return;
      }
      const columns = new Map(header.map((name, at) => [name, batch.getChildAt(at)]));
      for (let at = 0; at < batch.numRows; at++, row++) {
        yield readEntry((name) => plain(columns.get(name)?.get(at)), `${path}:${row}`, reading);
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
