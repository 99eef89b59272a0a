/**
 * Transcribes a recording of any length, window after window (openai-whisper 20250625, whisper/transcribe.py): each
 * window begins where the last finished segment of the one before ended.
 */
import type { MelSpectrogram } from '../audio/mel-spectrogram.ts';
import { UsageError } from '../errors.ts';
import { detectLanguage } from '../language/detect.ts';
import type { Segment } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { WindowResult } from './decode-window.ts';
import { decodeWithFallback, hasFailed, isSilence } from './fallback.ts';
import type { TranscribeOptions } from './options.ts';
import { promptHistory } from './prompt-history.ts';
import { randomNumbers } from './random-numbers.ts';
import { cutSegments, lastEnd, type SegmentDraft } from './segments.ts';
import { addWords } from './window-words.ts';
import { clipFrames, encodeWindow, type States } from './windows.ts';
import { joinTexts } from './words.ts';

export interface Transcript {
  readonly language: string;
  /** Null where the language was given. */
  readonly languageProbability: number | null;
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Windows that were decoded again in full because `fit` failed at every temperature. */
  readonly fullWindows: number;
}

/**
 * @param logMel Of the whole recording.
 * @param first States of the window at its beginning, where they are known already.
 * @throws RecordError `not-finite` when the model gives scores that are no numbers.
 * @throws UsageError `bands`, `language`, `prefix`, `word-timestamps` when the model cannot do what is asked.
 */
export async function transcribe(
  model: SpeechModel,
  logMel: MelSpectrogram,
  options: TranscribeOptions,
  first: States | null = null,
  signal?: AbortSignal,
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
  const { language, languageProbability } = await chooseLanguage();
  const decoding = { ...options, language };
  const random = randomNumbers(options.seed);
  const history = promptHistory(model, options);
  const segments: Segment[] = [];
  let fullWindows = 0;

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
        ? await addWords(model, window, cut, place, decoding)
        : { segments: cut.segments, next: seek + cut.advance };
      lastSpeech = (options.wordTimestamps ? lastEnd(drafts) : null) ?? lastSpeech;

      const spoken = drafts
        .map((draft) => segmentOf(draft, seek, result))
        .filter(({ start, end, text }) => start !== end && text.trim() !== '');
      segments.push(...spoken);
      history.add(
        spoken.flatMap(({ tokens }) => tokens),
        result.temperature,
      );
      // Word times may fall back to the beginning of the window; to hear it once more would never end.
      seek = next > seek ? next : seek + size;
    }
  }
  const text = joinTexts(segments.map((segment) => segment.text)).trim();
  return { language, languageProbability, text, segments, fullWindows };

  async function chooseLanguage(): Promise<Pick<Transcript, 'language' | 'languageProbability'>> {
    if (options.language !== null) return { language: options.language, languageProbability: null };
    first ??= await encodeWindow(model, logMel, 0, firstSize, options.window);
    const [most] = await detectLanguage(model, first.states, first.positions);
    return { language: most!.language, languageProbability: most!.probability };
  }

  async function decodeAt(seek: number, size: number): Promise<{ window: States; result: WindowResult }> {
    const known = seek === 0 && size === firstSize ? first : null;
    const window = known ?? (await encodeWindow(model, logMel, seek, size, options.window));
    const result = await decode(window);
    if (window.positions === facts.audioPositions || !hasFailed(result, decoding)) return { window, result };
    fullWindows++;
    const full = await encodeWindow(model, logMel, seek, size, { kind: 'full' });
    return { window: full, result: await decode(full) };
  }

  async function decode({ states, positions }: States): Promise<WindowResult> {
    const session = await model.openDecoder(states, positions);
    try {
      return await decodeWithFallback(
        { session, model, random, ...(signal && { signal }) },
        decoding,
        history.previous(),
      );
    } finally {
      session.dispose();
    }
  }

  function segmentOf({ start, end, tokens, words }: SegmentDraft, seek: number, result: WindowResult): Segment {
    const { temperature, averageLogProbability, compressionRatio, noSpeechProbability } = result;
    return {
      start: hundredths(start),
      end: hundredths(end),
      text: tokenizer.decode(tokens),
      tokens,
      seek,
      temperature,
      averageLogProbability,
      compressionRatio,
      noSpeechProbability,
      words: options.wordTimestamps
        ? words.map((word) => ({ ...word, start: hundredths(word.start), end: hundredths(word.end) }))
        : null,
    };
  }
}

/** Times are multiples of 0.02 s or of 0.01 s; what floating point adds to them goes. */
function hundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
