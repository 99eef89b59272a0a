/**
 * The safetensors file format (huggingface/safetensors, "Format"): 8 bytes of header length, a JSON header, then the
 * tensors' bytes. Read by position, so that files beyond 2 GiB work and only what is asked for is held.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { bytesPerNumber, type NumberFormat } from './number-formats.ts';
import { cannotOpen, readExactly } from './read-exactly.ts';

export interface StoredTensor {
  readonly format: NumberFormat;
  readonly shape: readonly number[];
}

export interface SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** @throws UsageError `weights` when there is no such tensor or the file became shorter. */
  readBytes(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** As in the reference implementation. */
const longestHeader = 100_000_000;

const natural = z.number().int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(bytesPerNumber) as [NumberFormat, ...NumberFormat[]]),
  shape: z.array(natural).max(16),
  data_offsets: z.tuple([natural, natural]),
});
const metadataSchema = z.record(z.string(), z.string());

/** @throws UsageError `weights` when the file is missing or is not a sound safetensors file. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw cannotOpen(path, error);
  }
  try {
    const { size } = await file.stat();
    const header = await readHeader(path, file, size);
    return {
      path,
      tensors: header.tensors,
      metadata: header.metadata,
      async readBytes(name) {
        const tensor = header.tensors.get(name);
        if (tensor === undefined) throw broken(path, `it holds no tensor ${name}`);
        return readExactly(path, file, header.dataStart + tensor.begin, tensor.end - tensor.begin);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Placed extends StoredTensor {
  /** Bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

async function readHeader(path: string, file: FileHandle, size: number) {
  if (size < 8) throw broken(path, `it has ${size} bytes, too few for a header`);
  const lengthBytes = await readExactly(path, file, 0, 8);
  const length = Number(new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getBigUint64(0, true));
  if (length > longestHeader || length > size - 8) {
    throw broken(path, `its header is said to be ${length} bytes long, the file has ${size}`);
  }
  const text = decodeUtf8(path, await readExactly(path, file, 8, length));
  const parsed = parseJson(path, text);
  const twice = repeatedKey(text);
  if (twice !== undefined) throw broken(path, `its header names ${JSON.stringify(twice)} twice`);

  const entries = Object.entries(parsed).filter(([name]) => name !== '__metadata__');
  const metadata = metadataSchema.safeParse(new Map(Object.entries(parsed)).get('__metadata__') ?? {});
  if (!metadata.success) throw broken(path, '__metadata__ is not a map of texts');
  const dataStart = 8 + length;
  const tensors = new Map<string, Placed>();
  for (const [name, value] of entries) tensors.set(name, placed(path, name, value));
  checkPlaces(path, tensors, size - dataStart);
  return { dataStart, tensors, metadata: new Map(Object.entries(metadata.data)) };
}

function placed(path: string, name: string, value: unknown): Placed {
  const entry = entrySchema.safeParse(value);
  if (!entry.success) {
    const [issue] = entry.error.issues;
    throw broken(path, `tensor ${JSON.stringify(name)}, ${issue?.path.join('.') || 'entry'}: ${issue?.message ?? ''}`);
  }
  const { dtype, shape, data_offsets } = entry.data;
  const [begin, end] = data_offsets;
  const bytes = shape.reduce((product, size) => product * size, bytesPerNumber[dtype]);
  if (bytes !== end - begin) {
    const sizes = `[${shape.join(', ')}] of ${dtype}`;
    throw broken(path, `tensor ${JSON.stringify(name)}, ${sizes}, needs ${bytes} bytes and has ${end - begin}`);
  }
  return { format: dtype, shape, begin, end };
}

/** The tensors must fill the data exactly, without overlap or hole, as the reference implementation asks. */
function checkPlaces(path: string, tensors: ReadonlyMap<string, Placed>, dataSize: number): void {
  let filled = 0;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== filled) {
      throw broken(path, `tensor ${JSON.stringify(name)} begins at byte ${begin} of the data instead of ${filled}`);
    }
    filled = end;
  }
  if (filled !== dataSize) throw broken(path, `its tensors need ${filled} bytes of data and it has ${dataSize}`);
}

function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw broken(path, 'its header is not UTF-8', error);
  }
}

function parseJson(path: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(path, 'its header is not JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(path, 'its header is no map');
  return value;
}

/** JSON.parse keeps the last of two equal keys; two readers could then see two different files. */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]/gs;
  for (const [mark, content, colon] of json.matchAll(token)) {
    if (mark === '{') open.push(new Set());
    else if (mark === '[') open.push(null);
    else if (mark === '}' || mark === ']') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(`"${content ?? ''}"`) as string;
      const seen = open.at(-1);
      if (seen?.has(key)) return key;
      seen?.add(key);
    }
  }
  return undefined;
}

function broken(path: string, fault: string, cause?: unknown): UsageError {
  return new UsageError('weights', `${path} is not a sound safetensors file: ${fault}; fetch or convert it again.`, {
    cause,
  });
}

/** A tensor to write; `read` is called when its turn comes, so that one at a time is in memory. */
export interface TensorToWrite extends StoredTensor {
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/** Writes the tensors in the order given. @throws Error when a tensor's bytes do not match its shape. */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  let end = 0;
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  for (const { name, format, shape } of tensors) {
    const begin = end;
    end += shape.reduce((product, size) => product * size, bytesPerNumber[format]);
    header.set(name, { dtype: format, shape, data_offsets: [begin, end] });
  }
  const json = JSON.stringify(Object.fromEntries(header));
  const bytes = Buffer.from(json);
  // Spaces behind the header put the data on a boundary of 8 bytes.
  const length = Math.ceil(bytes.length / 8) * 8;
  const start = Buffer.alloc(8 + length, ' ');
  start.writeBigUInt64LE(BigInt(length));
  start.set(bytes, 8);

  const file = await open(path, 'w');
  try {
    await file.writeFile(start);
    for (const tensor of tensors) {
      const data = await tensor.read();
      const wanted = tensor.shape.reduce((product, size) => product * size, bytesPerNumber[tensor.format]);
      if (data.byteLength !== wanted) throw new Error(`${tensor.name} has ${data.byteLength} bytes, not ${wanted}.`);
      await file.writeFile(data);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
