/**
 * The messages of an Arrow IPC file, one after the other, checked so far that apache-arrow may decode them: the library
 * trusts every number that it reads. Both forms are read, the stream and the random-access file, which is a stream with
 * a frame around it.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { DataType, type Field, Message, MessageHeader, type Schema } from 'apache-arrow';
import { UsageError } from '../errors.ts';
import { fileFault } from './file-fault.ts';
import { MessageFault, verifyMessage } from './verify-message.ts';

/** A schema, a dictionary or a record batch, with the place of its body in the file. */
export interface StreamMessage {
  readonly type: 'schema' | 'dictionary' | 'batch';
  /** Continuation mark, length, metadata: as in the file. */
  readonly head: Uint8Array;
  /** In a schema message, else null. */
  readonly schema: Schema | null;
  /** Rows of a record batch, else 0. */
  readonly rows: number;
  /** Where the body begins in the file. */
  readonly bodyAt: number;
  readonly bodyLength: number;
  /** Of a batch: where its buffers lie in the body, in the order of the columns; empty where the body is compressed. */
  readonly buffers: readonly Stretch[];
  /** Reads the body into memory of its own. @param hole What is left out, and is zeros. */
  body(hole?: Stretch): Promise<Uint8Array>;
}

/** Bytes within a body. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** More metadata than the widest table needs; what asks for more is broken. */
const METADATA_BYTES_LIMIT = 64 * 2 ** 20;
const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
const PEEK_BYTES = 16 * 1024;
/** What a random-access file begins with, filled up to 8 bytes. */
const FILE_MAGIC = 'ARROW1';

/**
 * Bytes that `RecordBatchReader.from` of apache-arrow may be given, for tables that diglot did not write.
 * @param holeIn What of the body of a message is not wanted: it is not read, and is zeros.
 * @throws UsageError `arrow-file` as `readMessages` does.
 */
export async function* checkedChunks(
  path: string,
  holeIn: (message: StreamMessage) => Stretch | undefined = () => undefined,
): AsyncGenerator<Uint8Array> {
  for await (const message of readMessages(path)) {
    const hole = holeIn(message);
    yield message.head;
    if (message.bodyLength > 0) yield await message.body(hole);
  }
}

/**
 * @throws UsageError `arrow-file` when the file cannot be read, is not Arrow, is cut off, or contradicts itself.
 */
export async function* readMessages(path: string): AsyncGenerator<StreamMessage> {
  let handle: FileHandle;
  let size: number;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new UsageError('arrow-file', fileFault('cannot read', path, error), { cause: error });
  }
  try {
    size = (await handle.stat()).size;
    yield* messagesOf(handle, size);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError('arrow-file', `${path} cannot be read as Arrow: ${reason(error, path)}`, { cause: error });
  } finally {
    await handle.close();
  }
}

function reason(error: unknown, path: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && !code.startsWith('ERR_')) return fileFault('cannot read', path, error);
  return `it ${error instanceof Error ? error.message : String(error)}; write it again, or take another copy.`;
}

async function* messagesOf(handle: FileHandle, size: number): AsyncGenerator<StreamMessage> {
  const isFramed = isFileForm(await readExactly(handle, 0, PREFIX_BYTES, size));
  let at = isFramed ? PREFIX_BYTES : 0;
  let coming = readPeek(handle, at, size);
  while (true) {
    const peek = await coming;
    if (peek.length < PREFIX_BYTES) throw cutOff(at + PREFIX_BYTES, size);
    const view = new DataView(peek.buffer);
    if (view.getUint32(0, true) !== CONTINUATION) throw new MessageFault(`has no message at byte ${at}`);
    const metadataLength = view.getInt32(4, true);
    if (metadataLength === 0) {
      if (!isFramed && at + PREFIX_BYTES !== size) throw new MessageFault(`goes on behind its end mark at byte ${at}`);
      return;
    }
    if (metadataLength < 0 || metadataLength > METADATA_BYTES_LIMIT) {
      throw new MessageFault(`says that ${metadataLength} bytes of metadata follow byte ${at}`);
    }
    const headLength = PREFIX_BYTES + metadataLength;
    const head =
      headLength <= peek.length ? peek.slice(0, headLength) : await readExactly(handle, at, headLength, size);
    const decoded = decode(head.subarray(PREFIX_BYTES));
    const bodyAt = at + head.length;
    const { bodyLength } = decoded;
    if (bodyAt + bodyLength > size) throw cutOff(bodyAt + bodyLength, size);
    at = bodyAt + bodyLength;
    // Read beside the body, so that who takes messages one ahead need not wait for it.
    coming = readPeek(handle, at, size);
    coming.catch(() => undefined);
    yield {
      head,
      ...decoded,
      bodyAt,
      body: (hole) => readExactly(handle, bodyAt, bodyLength, size, hole),
    };
  }
}

/** As many of the next bytes as most messages have of metadata; fewer at the end of the file. */
function readPeek(handle: FileHandle, at: number, size: number): Promise<Uint8Array> {
  return readExactly(handle, at, Math.max(0, Math.min(PEEK_BYTES, size - at)), size);
}

/** Metadata of one message, after a check of every number in it that apache-arrow follows or allocates by. */
function decode(metadata: Uint8Array): Pick<StreamMessage, 'type' | 'schema' | 'rows' | 'bodyLength' | 'buffers'> {
  verifyMessage(metadata);
  const message = Message.decode(metadata);
  const { bodyLength, headerType } = message;
  if (!Number.isSafeInteger(bodyLength) || bodyLength < 0) throw new MessageFault('has a body of impossible length');
  const header: unknown = message.header();
  if (headerType === MessageHeader.Schema) {
    const schema = header as Schema;
    checkSchema(schema);
    return { type: 'schema', schema, rows: 0, bodyLength, buffers: [] };
  }
  const isDictionary = headerType === MessageHeader.DictionaryBatch;
  const batch = isDictionary ? (header as { readonly data: BatchHeader }).data : (header as BatchHeader);
  checkBatch(batch, bodyLength);
  return {
    type: isDictionary ? 'dictionary' : 'batch',
    schema: null,
    rows: isDictionary ? 0 : batch.length,
    bodyLength,
    buffers: isDictionary || (batch.compression ?? null) !== null ? [] : batch.buffers,
  };
}

/** What the flatbuffers format lets be left out, and apache-arrow takes for granted. */
function checkSchema({ fields, metadata }: Schema): void {
  for (const value of metadata.values() as Iterable<string | null>) {
    if (value === null) throw new MessageFault('has metadata without a value');
  }
  fields.forEach(checkField);
}

function checkField({ name, type }: { readonly name: string | null; readonly type: DataType }): void {
  if (name === null) throw new MessageFault('has a column without a name');
  const children = type.children as readonly (Field | undefined)[] | null;
  const isList =
    DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type) || DataType.isMap(type);
  if (isList && children?.[0] === undefined) throw new MessageFault(`has a list "${name}" of nothing`);
  for (const child of children ?? []) if (child !== undefined) checkField(child);
}

function checkBatch({ length, nodes, buffers }: BatchHeader, bodyLength: number): void {
  for (const buffer of buffers) {
    if (!(buffer.offset >= 0 && buffer.length >= 0 && buffer.offset + buffer.length <= bodyLength)) {
      throw new MessageFault('has a batch with a buffer outside its body');
    }
  }
  // A value takes a bit at least. (A column of nulls alone takes nothing; no table of use has only such columns.)
  const limit = bodyLength * 8;
  const counts = [length, ...nodes.flatMap((node) => [node.length, node.nullCount])];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= limit)) {
    throw new MessageFault('has a batch with more rows than its body can hold');
  }
}

/** What apache-arrow's record batch header has; the library does not export its type. */
interface BatchHeader {
  readonly length: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly Stretch[];
  readonly compression?: unknown;
}

function isFileForm(start: Uint8Array): boolean {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('PAR1')) throw new MessageFault('is Parquet');
  return text.startsWith(FILE_MAGIC);
}

async function readExactly(
  handle: FileHandle,
  at: number,
  length: number,
  size: number,
  hole: Stretch = { offset: length, length: 0 },
): Promise<Uint8Array> {
  if (at + length > size) throw cutOff(at + length, size);
  // Memory of its own, and not of Node's pool: apache-arrow copies what is not aligned to 8 bytes.
  const bytes = new Uint8Array(length);
  for (const [from, to] of [
    [0, hole.offset],
    [hole.offset + hole.length, length],
  ] as const) {
    for (let filled = from; filled < to;) {
      const { bytesRead } = await handle.read(bytes, filled, to - filled, at + filled);
      if (bytesRead === 0) throw cutOff(at + length, at + filled);
      filled += bytesRead;
    }
  }
  return bytes;
}

function cutOff(expected: number, size: number): MessageFault {
  return new MessageFault(`is cut off: it should go on to byte ${expected} at least, and ends at ${size}`);
}
