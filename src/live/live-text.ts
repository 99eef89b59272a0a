/** From heard words to the records that leave a live session. */
import { languageSpans } from '../language/spans.ts';
import { languageSet } from '../language/language-set.ts';
import { convertWords, type ConvertScript } from '../language/script.ts';
import type { FinalText, LanguageSpan, LiveText, Origin, PartialText } from '../records.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { HeardWord } from './hear-window.ts';

/** What a text says beside its words. */
export interface Saying {
  readonly path: string;
  readonly utterance: number;
  /** Which final text of the utterance it is, or will become; from 1. */
  readonly place: number;
  readonly language: string;
  readonly languages: readonly string[];
  readonly emittedAt: number;
  readonly heardUntil: number;
  /** Seconds from the beginning of the recording where the text before it ends, for a text without words. */
  readonly after: number;
  /** Into the script that is read. */
  readonly convert: ConvertScript;
}

export function partialText(words: readonly HeardWord[], saying: Saying, tokenizer: Tokenizer): PartialText {
  return { kind: 'partial', ...liveText(words, saying, tokenizer) };
}

/** @param ending Where the utterance's speech ended, when it is over; null before. */
export function finalText(
  words: readonly HeardWord[],
  saying: Saying,
  tokenizer: Tokenizer,
  ending: { readonly endOfSpeech: number } | null,
): FinalText {
  const endOfSpeech = ending?.endOfSpeech ?? null;
  return { kind: 'final', ...liveText(words, saying, tokenizer), endsUtterance: ending !== null, endOfSpeech };
}

function liveText(words: readonly HeardWord[], saying: Saying, tokenizer: Tokenizer): Omit<LiveText, 'kind'> {
  const { path, utterance, place, language, languages, emittedAt, heardUntil, after, convert } = saying;
  const start = words[0]?.start ?? after;
  const end = Math.max(start, words.at(-1)?.end ?? after);
  const written = convertWords(words, convert);
  const text = written.map(({ word }) => word).join('');
  const origin: Origin = { path, start, duration: end - start, reference: null, speaker: null, piece: null };
  const logarithms = words.map(({ probability }) => Math.log(Math.max(probability, 1e-10)));
  return {
    id: `${path}#${String(utterance).padStart(4, '0')}/${place}`,
    origin,
    utterance,
    text: place === 1 ? text.trimStart() : text,
    words: written.map(({ tokens: _, tokenScores: __, ...word }) => word),
    language,
    languages,
    languageSpans: spansOf(words, start, end, languages, tokenizer).map((span) => ({
      ...span,
      text: convert(span.text),
    })),
    confidence: words.length === 0 ? 1 : Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / words.length),
    emittedAt,
    heardUntil,
  };
}

function spansOf(
  words: readonly HeardWord[],
  start: number,
  end: number,
  languages: readonly string[],
  tokenizer: Tokenizer,
): LanguageSpan[] {
  if (languages.length === 0 || words.length === 0) return [];
  const segment = { start, end, tokenScores: words.flatMap(({ tokenScores }) => tokenScores), words };
  return languageSpans([segment], languageSet(languages), tokenizer);
}
