/** The tokenizer of a file that lists byte strings only, as ggml files do. */
import { UsageError } from '../errors.ts';
import { charactersOf } from './byte-level.ts';
import { bytePairTokenizer } from './byte-pair-tokenizer.ts';
import { specialTokensBehind } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

/** The longest token of Whisper's vocabulary has 128 bytes; beyond this a file is broken. */
const longestToken = 1024;

/**
 * @param vocabulary The bytes of each token by id. What stands at and behind `<|endoftext|>` is left out: some
 *   converters list special tokens, some do not.
 * @param vocabularySize Number of all tokens, special ones and timestamps included (the rows of the embedding).
 * @throws UsageError `tokenizer` when it is not the vocabulary of a Whisper model.
 */
export function vocabularyTokenizer(
  vocabulary: readonly Uint8Array[],
  vocabularySize: number,
  file: string,
): Tokenizer {
  const all = vocabulary.map((bytes) => {
    if (bytes.length <= longestToken) return charactersOf(bytes);
    throw new UsageError('tokenizer', `${file} has a token of ${bytes.length} bytes; fetch the file again.`);
  });
  const end = all.indexOf('<|endoftext|>');
  const tokens = end < 0 ? all : all.slice(0, end);
  const special = specialTokensBehind(tokens.length, vocabularySize, file);
  return bytePairTokenizer({ tokens, merges: mergesOf(tokens), special }, file);
}

/**
 * The merges that made a vocabulary: ids are in the order of merging, so the pair behind a token is what is left of it
 * when only earlier tokens may be merged (as transformers' convert_openai_to_hf.py recovers them).
 */
function mergesOf(tokens: readonly string[]): (readonly [string, string])[] {
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  const merges: (readonly [string, string])[] = [];
  tokens.forEach((token, rank) => {
    const parts = mergeBelow(token, rank, ranks);
    if (parts.length === 2) merges.push([parts[0]!, parts[1]!]);
  });
  return merges;
}

function mergeBelow(token: string, limit: number, ranks: ReadonlyMap<string, number>): string[] {
  const parts = [...token];
  for (;;) {
    let best = limit;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i]! + parts[i + 1]!) ?? limit;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return parts;
    parts.splice(at, 2, parts[at]! + parts[at + 1]!);
  }
}
