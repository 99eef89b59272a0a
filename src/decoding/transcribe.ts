/**
 * Transcribes a recording of any length, window after window (openai-whisper 20250625, whisper/transcribe.py): each
 * window begins where the last finished segment of the one before ended.
 */
import type { MelSpectrogram } from '../audio/mel-spectrogram.ts';
import { UsageError } from '../errors.ts';
import type { LanguageProbability } from '../language/detect.ts';
import { languageSpans } from '../language/spans.ts';
import type { LanguageSpan, Segment, TokenScore, WindowCandidates } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { WindowResult } from './decode-window.ts';
import { decodeWithFallback, hasFailed, isSilence, type FallbackOptions } from './fallback.ts';
import { guardWindow } from './guard-window.ts';
import type { TranscribeOptions } from './options.ts';
import { promptHistory } from './prompt-history.ts';
import { randomNumbers } from '../random-numbers.ts';
import type { ScoredToken, Scorer } from './scorer.ts';
import { cutSegments, lastEnd, type SegmentDraft } from './segments.ts';
import { shortlistFor } from './shortlist.ts';
import { storedList } from './stored-lists.ts';
import { chooseLanguages, evidenceNeeded, openScorer } from './spoken-languages.ts';
import { addWords } from './window-words.ts';
import { clipFrames, encodeWindow, type States } from './windows.ts';
import { joinTexts } from './words.ts';

export interface Transcript {
  /** The given language, or the most probable one at the beginning. */
  readonly language: string;
  /** Null where the language was given. */
  readonly languageProbability: number | null;
  /** In the order of every list of probabilities; empty where `language` is not declared. */
  readonly languages: readonly string[];
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly languageSpans: readonly LanguageSpan[];
  /** Null where no n-best lists were asked for. */
  readonly nBest: readonly WindowCandidates[] | null;
  /** Windows that the wrong-language guard decoded again. */
  readonly guardedWindows: number;
  /** Windows that were decoded again in full because `fit` failed at every temperature. */
  readonly fullWindows: number;
}

/** What may be known before. */
export interface Known {
  /** States of the window at the beginning. */
  readonly first?: States | null;
  /** Languages of the beginning, most probable first; a single one is taken as given. */
  readonly heard?: readonly LanguageProbability[] | null;
  readonly signal?: AbortSignal;
}

/**
 * @param logMel Of the whole recording.
 * @throws RecordError `not-finite` when the model gives scores that are no numbers.
 * @throws UsageError `bands`, `language`, `prefix`, `word-timestamps` when the model cannot do what is asked; `languages`
 *   when the declared ones cannot be told apart; `rescoring` when it cannot be done.
 */
export async function transcribe(
  model: SpeechModel,
  logMel: MelSpectrogram,
  options: TranscribeOptions,
  { first = null, heard = null, signal }: Known = {},
): Promise<Transcript> {
  const { facts, tokenizer } = model;
  const recording = logMel.frames;
  const longest = 2 * facts.audioPositions;
  if (logMel.bands !== facts.bands) {
    throw new UsageError(
      'bands',
      `The log-mel has ${logMel.bands} bands and ${facts.name} hears ${facts.bands}; set "bands" of log-mel.`,
    );
  }
  const firstSize = Math.min(longest, recording);
  const spoken = await chooseLanguages(model, options, heard, encodeFirst);
  const { language, languageProbability, declared } = spoken;
  const decoding = { ...options, tags: spoken.tags };
  // Of several prompts that of the most probable language stands for all where words are placed in time.
  const wordTags = spoken.tags[spoken.prompt ?? -1] ?? [language];
  const shortlist = shortlistFor(tokenizer, spoken, options);
  const random = randomNumbers(options.seed);
  const listing = { tokenizer, set: declared?.set ?? null, nBest: options.nBest };
  const history = promptHistory(model, options);
  const segments: Segment[] = [];
  const nBest: WindowCandidates[] = [];
  let fullWindows = 0;
  let guardedWindows = 0;

  let lastSpeech = 0;
  for (const clip of clipFrames(options.clipTimestamps, recording)) {
    for (let seek = clip.start; seek < clip.end;) {
      const size = Math.min(longest, clip.end - seek);
      const { window, result } = await decodeAt(seek, size);
      if (isSilence(result, decoding)) {
        seek += size;
        continue;
      }
      const cut = cutSegments(result.tokens, tokenizer.timestampBegin, seek / 100, size);
      const place = { seek, size, longest, recording, lastSpeech };
      const { segments: drafts, next } = options.wordTimestamps
        ? await addWords(model, window, cut, place, { ...options, tags: wordTags })
        : { segments: cut.segments, next: seek + cut.advance };
      lastSpeech = (options.wordTimestamps ? lastEnd(drafts) : null) ?? lastSpeech;

      let from = 0;
      const said = drafts
        .map((draft) =>
          segmentOf(
            draft,
            result.tokenScores.slice(from, (from += draft.tokens.length)).map(withoutSums),
            seek,
            result,
          ),
        )
        .filter(({ start, end, text }) => start !== end && text.trim() !== '');
      segments.push(...said);
      if (options.nBest > 0) nBest.push(storedList(result, { seek, frames: size }, listing));
      history.add(
        said.flatMap(({ tokens }) => tokens),
        result.temperature,
      );
      // Word times may fall back to the beginning of the window; to hear it once more would never end.
      seek = next > seek ? next : seek + size;
    }
  }
  const text = joinTexts(segments.map((segment) => segment.text)).trim();
  return {
    language,
    languageProbability,
    languages: declared?.set.languages ?? [],
    text,
    segments,
    languageSpans: declared === null ? [] : languageSpans(segments, declared.set, tokenizer).map(atHundredths),
    nBest: options.nBest > 0 ? nBest : null,
    guardedWindows,
    fullWindows,
  };

  async function encodeFirst(): Promise<States> {
    return (first ??= await encodeWindow(model, logMel, 0, firstSize, options.window));
  }

  async function decodeAt(seek: number, size: number): Promise<{ window: States; result: WindowResult }> {
    const known = seek === 0 && size === firstSize ? first : null;
    const window = known ?? (await encodeWindow(model, logMel, seek, size, options.window));
    const result = await decode(window, seek, size);
    if (window.positions === facts.audioPositions || !hasFailed(result, decoding)) return { window, result };
    fullWindows++;
    const full = await encodeWindow(model, logMel, seek, size, { kind: 'full' });
    return { window: full, result: await decode(full, seek, size) };
  }

  async function decode({ states, positions }: States, seek: number, size: number): Promise<WindowResult> {
    const audio = { states, positions, heard: Math.min(positions, Math.ceil(size / 2)) };
    const previous = history.previous();
    // Where the tag was chosen by this very sound there is nothing to find (docs/results.md), and listening takes time.
    const listenedTo = seek === 0 && spoken.languageProbability !== null;
    const guards = options.guard && declared !== null && !listenedTo;
    const needs = evidenceNeeded(spoken);
    const evidence = { ...needs, attention: needs.attention || guards, shortlist };
    const session = await model.openDecoder(states, positions, evidence);
    const decodeUnder = (scorer: Scorer, changes: Partial<FallbackOptions> = {}) =>
      decodeWithFallback(
        { session, model, random, scorer, shortlist, ...(signal && { signal }) },
        { ...decoding, ...changes },
        previous,
      );
    try {
      const isHeard = seek === 0 && size === firstSize;
      const result = await decodeUnder(await openScorer(model, session, audio, spoken, options.rescoring, isHeard));
      if (!guards) return result;
      const guarded = await guardWindow(result, {
        model,
        window: audio,
        declared,
        tag: spoken.prompt === null || spoken.tags[spoken.prompt]!.length > 1 ? null : language,
        options: decoding,
        previous,
        session,
        decode: (tags, scorer) => decodeUnder(scorer, { tags, temperatures: options.temperatures.slice(0, 1) }),
      });
      if (guarded.again) guardedWindows++;
      return guarded.result;
    } finally {
      session.dispose();
    }
  }

  function segmentOf(
    { start, end, tokens, words }: SegmentDraft,
    tokenScores: readonly TokenScore[],
    seek: number,
    result: WindowResult,
  ): Segment {
    const { temperature, averageLogProbability, compressionRatio, noSpeechProbability } = result;
    return {
      ...atHundredths({ start, end }),
      text: tokenizer.decode(tokens),
      tokens,
      tokenScores,
      seek,
      temperature,
      averageLogProbability,
      compressionRatio,
      noSpeechProbability,
      words: options.wordTimestamps ? words.map(atHundredths) : null,
    };
  }
}

/** Segments keep what people look at; what stored candidates need stands in the n-best lists. */
function withoutSums({ sums: _, ...score }: ScoredToken): TokenScore {
  return score;
}

/** Times are multiples of 0.02 s or of 0.01 s, or shared out; what floating point adds to them goes. */
function atHundredths<T extends { readonly start: number; readonly end: number }>(piece: T): T {
  return { ...piece, start: Math.round(piece.start * 100) / 100, end: Math.round(piece.end * 100) / 100 };
}
