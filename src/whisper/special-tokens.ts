/** Which ids Whisper's special tokens have. They differ between models (large-v3 has a language more), so a file tells. */
import { UsageError } from '../errors.ts';
import { languageCodes } from './languages.ts';
import type { Tokenizer } from './tokenizer.ts';

export type SpecialTokens = Pick<
  Tokenizer,
  | 'vocabularySize'
  | 'endOfText'
  | 'startOfTranscript'
  | 'translate'
  | 'transcribe'
  | 'startOfLm'
  | 'startOfPrevious'
  | 'noSpeech'
  | 'noTimestamps'
  | 'timestampBegin'
  | 'languages'
>;

/** Timestamps from `<|0.00|>` to `<|30.00|>`. */
const timestampCount = 1501;

/** Special tokens before the first and behind the last language, without timestamps, in id order. */
const before = ['<|endoftext|>', '<|startoftranscript|>'];
const behind = [
  '<|translate|>',
  '<|transcribe|>',
  '<|startoflm|>',
  '<|startofprev|>',
  '<|nospeech|>',
  '<|notimestamps|>',
];

/**
 * Reads the special ids from the names that a file gives them.
 * @param ids Id of each special token, by its text.
 * @param file For messages.
 * @throws UsageError `tokenizer` when one is missing or when ordinary, special and timestamp ids are mixed.
 */
export function specialTokens(ids: ReadonlyMap<string, number>, file: string): SpecialTokens {
  const id = (...names: readonly [string, ...string[]]): number => {
    for (const name of names) {
      const found = ids.get(name);
      if (found !== undefined) return found;
    }
    throw new UsageError('tokenizer', `${file} has no token ${names[0]}: it is not the tokenizer of a Whisper model.`);
  };
  const languages = [...ids]
    .map(([text, token]) => [/^<\|([a-z]{2,3})\|>$/.exec(text)?.[1], token] as const)
    .filter((entry): entry is readonly [string, number] => entry[0] !== undefined)
    .sort((a, b) => a[1] - b[1]);
  const special = {
    endOfText: id('<|endoftext|>'),
    startOfTranscript: id('<|startoftranscript|>'),
    translate: id('<|translate|>'),
    transcribe: id('<|transcribe|>'),
    startOfLm: id('<|startoflm|>'),
    startOfPrevious: id('<|startofprev|>'),
    noSpeech: id('<|nospeech|>', '<|nocaptions|>'),
    noTimestamps: id('<|notimestamps|>'),
  };
  // Files written before timestamps were listed as tokens leave them out; they always follow <|notimestamps|>.
  const timestampBegin = ids.get('<|0.00|>') ?? special.noTimestamps + 1;
  const between = [...Object.values(special), ...languages.map(([, token]) => token)];
  if (Math.min(...between) !== special.endOfText || Math.max(...between) >= timestampBegin) {
    throw new UsageError(
      'tokenizer',
      `${file} mixes special tokens with ordinary ones or timestamps; Whisper's order is text, <|endoftext|>, special, timestamps.`,
    );
  }
  return { ...special, timestampBegin, vocabularySize: timestampBegin + timestampCount, languages: new Map(languages) };
}

/**
 * The special tokens that follow a vocabulary of `ordinary` tokens in a file that does not name them (ggml).
 * @param ordinary Number of byte-pair tokens, which take the ids from 0.
 * @param vocabularySize Number of all tokens.
 * @throws UsageError `tokenizer` when the difference leaves no room for the special tokens or for so many languages.
 */
export function specialTokensBehind(ordinary: number, vocabularySize: number, file: string): Map<string, number> {
  const languageCount = vocabularySize - ordinary - before.length - behind.length - timestampCount;
  if (!(languageCount >= 0 && languageCount <= languageCodes.length)) {
    throw new UsageError(
      'tokenizer',
      `${file} has ${ordinary} ordinary of ${vocabularySize} tokens, which leaves room for ${languageCount} languages; Whisper has 99 or 100.`,
    );
  }
  const tags = languageCodes.slice(0, languageCount).map((code) => `<|${code}|>`);
  return new Map([...before, ...tags, ...behind].map((text, i) => [text, ordinary + i]));
}
