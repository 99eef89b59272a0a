/**
 * Stored n-best lists ranked anew, without the model: other language terms, another length penalty, scores that others
 * gave the candidates (method-specs 1.4). What a search that had ranked so would have found beyond the list is not known.
 */
import { UsageError } from '../errors.ts';
import type { RescoringOptions } from '../language/rescoring.ts';
import { storedSpans } from '../language/stored-spans.ts';
import { storedTerms, type StoredTerms } from '../language/stored-terms.ts';
import type { Candidate, Hypothesis, Segment, TokenScore, WindowCandidates } from '../records.ts';
import { compressionRatio } from './compression-ratio.ts';
import { penalised } from './ranking.ts';
import { cutSegments } from './segments.ts';
import { joinTexts } from './words.ts';

export interface RerankOptions {
  readonly rescoring: RescoringOptions;
  /** As the search's; null ranks by the mean over tokens. */
  readonly lengthPenalty: number | null;
  /** What a candidate's own score is multiplied by; default 1. */
  readonly ownWeight?: number;
  /** What each of the candidates' `scores` is multiplied by before it is added; those not named are left out. */
  readonly scoreWeights: Readonly<Record<string, number>>;
  /** Kept between rerankers of one mode that see the same lists again: `storedTerms`. */
  readonly known?: WeakMap<Candidate, Float64Array>;
}

/** Ranks lists, one after the other. */
export interface Reranker {
  /**
   * What each candidate of a list is ranked by: its weighted scores, own (the sum of its token scores) and others, over its
   * length.
   * The array is used again for the next list.
   * @param classes The declared languages and other.
   * @throws UsageError `rescoring` as `storedTerms`; `scores` when a list lacks a score that has a weight.
   */
  readonly values: (list: WindowCandidates, classes: number) => Float64Array;
  /** Place of the best candidate, of equal ones the first; -1 in an empty list. */
  readonly best: (list: WindowCandidates, classes: number) => number;
  /** The hypothesis with the text of the best candidate of every window. Windows whose first candidate stays best keep their segments. */
  readonly rerank: (hypothesis: Hypothesis) => Hypothesis;
}

export function reranker({ rescoring, lengthPenalty, ownWeight = 1, scoreWeights, known }: RerankOptions): Reranker {
  const weighted = Object.entries(scoreWeights);
  let terms: { readonly key: string; readonly score: StoredTerms } | null = null;
  let room = new Float64Array(16);

  /** Lists of one run have one form. */
  function termsFor({ powers }: WindowCandidates, classes: number): StoredTerms {
    const key = powers.length === 0 ? String(classes) : `${classes} ${powers.join()}`;
    if (terms?.key !== key) terms = { key, score: storedTerms(rescoring, classes, powers, known) };
    return terms.score;
  }

  function values(list: WindowCandidates, classes: number): Float64Array {
    const { candidates } = list;
    if (room.length < candidates.length) room = new Float64Array(2 * candidates.length);
    const score = termsFor(list, classes);
    const places = weighted.map(([name]) => placeOf(list, name));
    for (let at = 0; at < candidates.length; at++) {
      const candidate = candidates[at]!;
      let sum = ownWeight * score(candidate);
      for (let i = 0; i < weighted.length; i++) sum += weighted[i]![1] * candidate.scores[places[i]!]!;
      room[at] = penalised(sum, lengthOf(candidate), lengthPenalty);
    }
    return room.subarray(0, candidates.length);
  }

  function best(list: WindowCandidates, classes: number): number {
    const found = values(list, classes);
    let place = found.length - 1;
    for (let at = place - 1; at >= 0; at--) if (found[at]! >= found[place]!) place = at;
    return place;
  }

  return {
    values,
    best,
    rerank(hypothesis) {
      const { nBest, languages } = hypothesis;
      const classes = languages.length + 1;
      const places = (nBest ?? []).map((list) => best(list, classes));
      if (places.every((place) => place <= 0)) return hypothesis;
      const segments = segmentsOfWinners(hypothesis, places, (list, candidate) => {
        const scores = new Float64Array(candidate.tokens.length);
        termsFor(list, classes)(candidate, scores);
        return scores;
      });
      return { ...hypothesis, text: textOf(segments), segments, languageSpans: storedSpans(segments, languages) };
    },
  };
}

/** The text that a hypothesis has when the candidates at `places` win its windows; -1 where a list is empty. */
export function textOfWinners(hypothesis: Hypothesis, places: readonly number[]): string {
  if (places.every((place) => place <= 0)) return hypothesis.text;
  return textOf(segmentsOfWinners(hypothesis, places, (_, { tokenScores }) => tokenScores));
}

function textOf(segments: readonly Segment[]): string {
  return joinTexts(segments.map(({ text }) => text)).trim();
}

/** Windows whose first candidate stays best keep their segments. */
function segmentsOfWinners(
  { nBest, segments, languages, origin }: Hypothesis,
  places: readonly number[],
  scoresOf: (list: WindowCandidates, candidate: Candidate) => Float64Array,
): Segment[] {
  return nBest!.flatMap((list, at) => {
    const place = places[at]!;
    if (place <= 0) return segments.filter(({ seek }) => seek === list.seek);
    const candidate = list.candidates[place]!;
    const scores = tokenScoresOf(candidate, scoresOf(list, candidate), languages);
    return segmentsOf(list, candidate, scores, origin.start);
  });
}

/** Tokens that count for the length: the end of text does not. */
function lengthOf({ tokens, ended }: Candidate): number {
  return ended ? tokens.length - 1 : tokens.length;
}

/** @throws UsageError `scores` */
function placeOf({ scoreNames }: WindowCandidates, name: string): number {
  const place = scoreNames.indexOf(name);
  if (place >= 0) return place;
  const known = scoreNames.length === 0 ? 'no scores beside their own' : scoreNames.join(', ');
  throw new UsageError('scores', `These n-best lists have ${known}, and no ${JSON.stringify(name)}; add it first.`);
}

/** The tokens of a candidate as segments have them. @param languages The declared ones. */
function tokenScoresOf(candidate: Candidate, scores: Float64Array, languages: readonly string[]): TokenScore[] {
  const classes = languages.length + 1;
  const { tokens, characters, logProbabilities, internal, external } = candidate;
  const row = (values: Float32Array, token: number): number[] => {
    const shares: number[] = [];
    for (let at = token * classes; at < (token + 1) * classes; at++) shares.push(values[at]!);
    return shares;
  };
  return Array.from(tokens, (token, at) => ({
    token,
    characters: characters[at]!,
    logProbability: logProbabilities[at]!,
    score: scores[at]!,
    language: languages[candidate.classes[at]!] ?? 'other',
    internal: row(internal, at),
    external: external && row(external, at),
  }));
}

/** @param origin Seconds of the recording at which the utterance begins. */
function segmentsOf(
  { seek, frames, temperature, noSpeechProbability, timestampBegin }: WindowCandidates,
  { text, score, ended }: Candidate,
  tokenScores: readonly TokenScore[],
  origin: number,
): Segment[] {
  const written = ended ? tokenScores.slice(0, -1) : tokenScores;
  const drafts = cutSegments(
    written.map(({ token }) => token),
    timestampBegin,
    seek / 100,
    frames,
  ).segments;
  const characters = [...text];
  const isWhole = characters.length === written.reduce((sum, token) => sum + token.characters, 0);
  // Bytes that are no text are written as one sign for several tokens: then nobody can tell which token wrote what.
  const pieces = isWhole
    ? drafts
    : [{ start: drafts[0]!.start, end: drafts.at(-1)!.end, tokens: written.map(({ token }) => token) }];
  let token = 0;
  let character = 0;
  return pieces
    .map(({ start, end, tokens }) => {
      const own = written.slice(token, (token += tokens.length));
      const count = own.reduce((sum, one) => sum + one.characters, 0);
      const said = isWhole ? characters.slice(character, (character += count)).join('') : text;
      return {
        start: origin + Math.round(start * 100) / 100,
        end: origin + Math.round(end * 100) / 100,
        text: said,
        tokens,
        tokenScores: own,
        seek,
        temperature,
        averageLogProbability: score / (written.length + 1),
        compressionRatio: compressionRatio(said.trim()),
        noSpeechProbability,
        words: null,
      };
    })
    .filter(({ start, end, text: said }) => start !== end && said.trim() !== '');
}
