/** Where a result speaks which language: runs of tokens of one language, with their text, times and confidence. */
import type { LanguageSpan, Segment, TokenScore } from '../records.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { LanguageSet } from './language-set.ts';
import { pack, completed, splitBytes, type Prefix } from './token-bytes.ts';

/** Tokens that end where a character ends, and the bytes of the segment that they are. */
interface Unit {
  readonly tokens: readonly TokenScore[];
  /** Index into the languages of the set; -1 where the characters belong to none. */
  readonly language: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A span ends where another language begins or its segment ends. What belongs to no language (punctuation, digits) goes
 * with the span before it, or, where a segment begins with it, with the one behind; a segment without any letter of a
 * declared language has no span. Times are those of the words where the segment has them; otherwise the segment's time is
 * shared out by tokens. The confidence is the mean of a over the span's own tokens, among the declared languages alone.
 */
export function languageSpans(
  segments: readonly Pick<Segment, 'start' | 'end' | 'tokenScores' | 'words'>[],
  set: LanguageSet,
  tokenizer: Tokenizer,
): LanguageSpan[] {
  return segments.flatMap((segment) => {
    const units = unitsOf(segment.tokenScores, set, tokenizer);
    const time = clockOf(segment, units);
    return runsOf(units).map((run) => {
      const { language } = run.find((unit) => unit.language >= 0)!;
      const tokens = run.flatMap((unit) => unit.tokens);
      return {
        language: set.languages[language]!,
        text: tokenizer.decode(tokens.map(({ token }) => token)).trim(),
        ...time(run[0]!, run.at(-1)!),
        confidence: confidenceOf(run, language),
      };
    });
  });
}

/** Groups tokens into whole characters, so that no span ends within one. */
function unitsOf(scores: readonly TokenScore[], set: LanguageSet, tokenizer: Tokenizer): Unit[] {
  const units: Unit[] = [];
  let group: TokenScore[] = [];
  let unfinished: Prefix = 0;
  let from = 0;
  let to = 0;
  const close = (): void => {
    if (group.length === 0) return;
    const language = group.map((score) => set.languages.indexOf(score.language)).find((index) => index >= 0) ?? -1;
    units.push({ tokens: group, language, from, to });
    group = [];
    from = to;
  };
  for (const score of scores) {
    if (score.token >= tokenizer.endOfText) continue;
    const bytes = tokenizer.bytes(score.token);
    const { head, tail, text } = splitBytes(bytes);
    if (head === 0) close();
    group.push(score);
    to += bytes.length;
    const goesOn = head > 0 && text === '' && tail === 0;
    unfinished = goesOn ? pack(completed(unfinished, bytes)) : tail;
    if (unfinished === 0) close();
  }
  close();
  return units;
}

function runsOf(units: readonly Unit[]): Unit[][] {
  const runs: Unit[][] = [];
  let language = -1;
  for (const unit of units) {
    const run = runs.at(-1);
    if (run === undefined || (unit.language >= 0 && language >= 0 && unit.language !== language)) runs.push([unit]);
    else run.push(unit);
    if (unit.language >= 0) language = unit.language;
  }
  return language < 0 ? [] : runs;
}

/** Times of a run, given its first and last unit. */
function clockOf(
  { start, end, words }: Pick<Segment, 'start' | 'end' | 'words'>,
  units: readonly Unit[],
): (first: Unit, last: Unit) => { start: number; end: number } {
  const bytes = units.at(-1)?.to ?? 0;
  let at = 0;
  const placed = (words ?? []).map((word) => ({ ...word, to: (at += Buffer.byteLength(word.word)) }));
  if (placed.length > 0 && at === bytes) {
    return (first, last) => {
      const begins = placed.find(({ to }) => to > first.from)!;
      const ends = placed.find(({ to }) => to >= last.to)!;
      return { start: begins.start, end: Math.max(begins.start, ends.end) };
    };
  }
  const count = units.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const before = new Map<Unit, number>();
  units.reduce((sum, unit) => (before.set(unit, sum), sum + unit.tokens.length), 0);
  const share = (tokens: number): number => start + ((end - start) * tokens) / count;
  return (first, last) => ({
    start: share(before.get(first)!),
    end: share(before.get(last)! + last.tokens.length),
  });
}

function confidenceOf(run: readonly Unit[], language: number): number {
  const tokens = run.filter((unit) => unit.language === language).flatMap((unit) => unit.tokens);
  const sum = tokens.reduce((total, { internal }) => {
    const declared = internal.slice(0, -1).reduce((mass, a) => mass + a, 0);
    return total + (declared > 0 ? internal[language]! / declared : 0);
  }, 0);
  return sum / tokens.length;
}
