/** What is known of each unit of a hypothesis: when it was said, and what the model and the calibrator thought of it. */
import type { AlignedUnit, Hypothesis, Segment, TokenScore, Word } from '../records.ts';
import { locateUnits } from './locate-units.ts';
import type { Unit } from './profiles/profile.ts';

export type UnitEvidence = Pick<AlignedUnit, 'start' | 'end' | 'confidence' | 'internal' | 'external'>;

export const noEvidence: UnitEvidence = { start: null, end: null, confidence: null, internal: null, external: null };

/** What is known of each character of the segments; null where nothing is. */
interface CharacterMap {
  readonly words: readonly (Word | null)[];
  /** Index of the token that it begins in. */
  readonly tokenOf: readonly (number | null)[];
  readonly tokens: readonly TokenScore[];
}

/**
 * Follows each unit to its characters in the segments, and from there to words and tokens. A segment whose tokens or
 * words do not add up to its text gives no evidence of that kind.
 * @param units Of the hypothesis' text.
 * @returns Parallel to `units`.
 */
export function unitEvidence(hypothesis: Hypothesis, units: readonly Unit[]): UnitEvidence[] {
  const { segments } = hypothesis;
  if (!segments.some(({ words, tokenScores }) => words !== null || tokenScores.length > 0)) {
    return units.map(() => noEvidence);
  }
  const map = characterMap(segments);
  const text = segments.map((segment) => segment.text).join('');
  return locateUnits(text, units).map((place) => {
    if (place === null) return noEvidence;
    const first = map.tokenOf[place.start] ?? null;
    const last = map.tokenOf[place.end - 1] ?? null;
    const tokens = first === null || last === null ? [] : map.tokens.slice(first, endOf(map.tokens, last));
    return {
      start: map.words[place.start]?.start ?? null,
      end: map.words[place.end - 1]?.end ?? null,
      confidence: tokens.length === 0 ? null : meanProbability(tokens),
      internal: tokens[0]?.internal ?? null,
      external: tokens[0]?.external ?? null,
    };
  });
}

/** Tokens of text: not timestamps, not the end. A token that only continues a character has the language of its lead. */
export function isTextToken({ characters, language }: TokenScore): boolean {
  return characters > 0 || language !== 'other';
}

/** Index behind a token and the continuations of its last character. */
function endOf(tokens: readonly TokenScore[], token: number): number {
  let end = token + 1;
  while (tokens[end]?.characters === 0) end++;
  return end;
}

function meanProbability(tokens: readonly TokenScore[]): number {
  return tokens.reduce((sum, { score }) => sum + Math.exp(Math.min(0, score)), 0) / tokens.length;
}

function characterMap(segments: readonly Segment[]): CharacterMap {
  const words: (Word | null)[] = [];
  const tokens: TokenScore[] = [];
  const tokenOf: (number | null)[] = [];
  for (const segment of segments) {
    const length = Array.from(segment.text).length;
    const inWords = (segment.words ?? []).flatMap((word) => Array.from(word.word, () => word));
    words.push(...filled(inWords, length));
    const spoken = segment.tokenScores.filter(isTextToken);
    const inTokens = spoken.flatMap(({ characters }, at) => new Array<number>(characters).fill(tokens.length + at));
    tokenOf.push(...filled(inTokens, length));
    tokens.push(...spoken);
  }
  return { words, tokens, tokenOf };
}

/** The list itself where it covers every character, else nothing for each. */
function filled<T>(list: readonly T[], length: number): readonly (T | null)[] {
  return list.length === length ? list : new Array<null>(length).fill(null);
}
