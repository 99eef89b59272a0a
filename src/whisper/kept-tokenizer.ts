/**
 * A tokenizer, remembered as what decoding needs of it: the bytes of each token and the ids of the special ones. To read
 * `tokenizer.json` takes a third of a second, and most runs write no text as tokens.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { addEntry, findEntry, keyOf, type GraphCache } from '../tensors/compile/graph-cache.ts';
import { hashSources } from '../tensors/source-hash.ts';
import { decodeBytes } from './byte-pair-tokenizer.ts';
import { parseTokenizer } from './hugging-face-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

const numbersName = 'numbers.json';
const beginsName = 'begins.bin';
const bytesName = 'bytes.bin';

/** Everything of a tokenizer that is neither a function nor the bytes of the tokens. */
type Numbers = Omit<Tokenizer, 'encode' | 'decode' | 'bytes' | 'languages'> & {
  readonly languages: readonly (readonly [string, number])[];
  /** Of one space, which a transcript must not begin with: every search asks for it. */
  readonly blank: readonly number[];
};

/**
 * @param json Content of the file.
 * @param file Its name, for messages.
 * @param cache Where it is remembered; null does not.
 * @throws UsageError `tokenizer` when it is not the tokenizer of a Whisper model.
 */
export async function keptTokenizer(json: Buffer, file: string, cache: GraphCache | null): Promise<Tokenizer> {
  const parse = () => parseTokenizer(json.toString(), file);
  if (cache === null) return parse();
  const key = keyOf({ tokenizer: createHash('sha256').update(json).digest('hex'), source: hashSources('whisper') });
  const entry = await findEntry(cache, key);
  const found = entry === null ? null : await readKept(entry, parse).catch(() => null);
  if (found !== null) return found;
  const tokenizer = parse();
  await addEntry(cache, key, `tokenizer of ${basename(dirname(file))}`, (folder) => writeKept(folder, tokenizer));
  return tokenizer;
}

async function writeKept(folder: string, tokenizer: Tokenizer): Promise<void> {
  const { bytes, encode, languages } = tokenizer;
  const all = Array.from({ length: tokenizer.endOfText }, (_, token) => bytes(token));
  const begins = new Uint32Array(all.length + 1);
  all.forEach(({ length }, token) => (begins[token + 1] = begins[token]! + length));
  await writeFile(
    join(folder, numbersName),
    JSON.stringify({ ...tokenizer, languages: [...languages], blank: encode(' ') }),
  );
  await writeFile(join(folder, beginsName), begins);
  await writeFile(join(folder, bytesName), Buffer.concat(all));
}

async function readKept(entry: string, parse: () => Tokenizer): Promise<Tokenizer> {
  const [text, begun, bytes] = await Promise.all(
    [numbersName, beginsName, bytesName].map((name) => readFile(join(entry, name))) as [
      Promise<Buffer>,
      Promise<Buffer>,
      Promise<Buffer>,
    ],
  );
  const { languages, blank, ...numbers } = JSON.parse(text.toString()) as Numbers;
  const begins = new Uint32Array(begun.buffer, begun.byteOffset, begun.byteLength / 4);
  const bytesOf = (token: number): Uint8Array =>
    token < numbers.endOfText ? bytes.subarray(begins[token], begins[token + 1]) : bytes.subarray(0, 0);
  let whole: Tokenizer | undefined;
  return {
    ...numbers,
    languages: new Map(languages),
    bytes: bytesOf,
    decode: (tokens) => decodeBytes(tokens.map(bytesOf)),
    encode: (written) => (written === ' ' ? [...blank] : (whole ??= parse()).encode(written)),
  };
}
