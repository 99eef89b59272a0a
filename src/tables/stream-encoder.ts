/**
 * Record batches to the bytes of an Arrow IPC stream: a schema, batches, an end mark. No compression (apache-arrow 21.2
 * writes it malformed), no dictionaries (readers differ on deltas).
 */
import { type Data, RecordBatch, RecordBatchStreamWriter, type Schema, type Struct } from 'apache-arrow';

export interface StreamEncoder {
  /** The schema; the first bytes of a file. */
  start(): Uint8Array;
  /** One batch. @param rows A struct column of the schema's fields. */
  batch(rows: Data): Uint8Array;
  /** The end mark, by which a reader knows that the file is whole. */
  end(): Uint8Array;
}

export function encodeStream(schema: Schema): StreamEncoder {
  const writer = new TakingWriter();
  return {
    start() {
      writer.reset(undefined, schema);
      return writer.take();
    },
    batch(rows) {
      writer.write(new RecordBatch(schema, rows as Data<Struct>));
      return writer.take();
    },
    end() {
      writer.finish();
      return writer.take();
    },
  };
}

/**
 * apache-arrow queues what it writes without bound and without telling how full the queue is, so backpressure is lost.
 * Here the bytes are kept aside, and taken out after every call.
 */
class TakingWriter extends RecordBatchStreamWriter {
  private chunks: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView): this {
    this.chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return this;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [];
    return bytes;
  }
}
