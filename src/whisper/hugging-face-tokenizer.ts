/** Reads `tokenizer.json` as Hugging Face writes it for Whisper. */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { bytePairTokenizer } from './byte-pair-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Far above any Whisper model; a broken file must not ask for memory. */
const mostTokens = 1_000_000;

const tokenId = z.int().min(0).max(mostTokens);

/** The two large parts are checked by loops: zod takes a tenth of a second for each, and copies them. */
const vocabulary = z.custom<Readonly<Record<string, number>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && holdsIds(value),
  { error: 'expected a map from tokens to whole numbers, their ids' },
);

function holdsIds(value: object): boolean {
  for (const token in value) {
    const id = (value as Readonly<Record<string, unknown>>)[token];
    if (!Number.isInteger(id) || Number(id) < 0 || Number(id) > mostTokens) return false;
  }
  return true;
}

const isText = (value: unknown): boolean => typeof value === 'string';

const merges = z.custom<readonly (string | readonly [string, string])[]>(
  (value) =>
    Array.isArray(value) &&
    value.every((merge) => isText(merge) || (Array.isArray(merge) && merge.length === 2 && merge.every(isText))),
  { error: 'expected a list of pairs of tokens' },
);

const tokenizerFile = z.object({
  added_tokens: z.array(z.object({ id: tokenId, content: z.string() })),
  normalizer: z.null(),
  pre_tokenizer: z.object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).default(true),
  }),
  model: z.object({
    type: z.literal('BPE'),
    vocab: vocabulary,
    merges,
  }),
});

/**
 * @param json The text of the file.
 * @param file Its name, for messages.
 * @throws UsageError `tokenizer` when it is not the tokenizer of a Whisper model.
 */
export function parseTokenizer(json: string, file: string): Tokenizer {
  const { added_tokens: added, model } = parseFile(json, file);
  const special = new Map(added.map(({ content, id }) => [content, id]));
  const endOfText = special.get('<|endoftext|>') ?? model.vocab['<|endoftext|>'];
  if (endOfText === undefined) {
    throw new UsageError(
      'tokenizer',
      `${file} has no token <|endoftext|>: it is not the tokenizer of a Whisper model.`,
    );
  }
  const listed = Object.keys(model.vocab);
  const tokens = new Array<string>(Math.min(endOfText, listed.length));
  for (const token of listed) {
    const id = model.vocab[token]!;
    if (id < tokens.length) tokens[id] = token;
    else special.set(token, id);
  }
  const hole = tokens.findIndex((token) => token === undefined);
  if (hole >= 0) throw new UsageError('tokenizer', `${file} has no token with the id ${hole}; fetch the file again.`);
  const pairs = model.merges.map((merge): readonly [string, string] => {
    if (typeof merge !== 'string') return merge;
    const space = merge.indexOf(' ', 1);
    return [merge.slice(0, space), merge.slice(space + 1)];
  });
  return bytePairTokenizer({ tokens, merges: pairs, special }, file);
}

function parseFile(json: string, file: string): z.output<typeof tokenizerFile> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError('tokenizer', `${file} is no JSON (${(cause as Error).message}); fetch the file again.`, {
      cause,
    });
  }
  const parsed = tokenizerFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UsageError(
    'tokenizer',
    `${file}: ${path.join('.') || 'the file'}: ${message}; expected the byte-level BPE of a Whisper model.`,
  );
}
