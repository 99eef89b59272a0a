/**
 * JSON with the field names of openai-whisper's result, and `language_spans` behind them: language, text, start and end in
 * seconds, confidence from 0 to 1.
 */
import type { Segment } from '../../records.ts';
import type { Transcript } from './transcript.ts';

/** The whole result in one line, in the order in which openai-whisper writes it. */
export function json({ text, segments, language, languageSpans }: Transcript): string {
  return `${JSON.stringify({ text, segments: segments.map(segmentFields), language, language_spans: languageSpans })}\n`;
}

/** The same for a stream of recordings: it begins with the audio file. */
export function jsonLine({ path, text, segments, language, languageSpans }: Transcript): string {
  const fields = { file: path, language, text, segments: segments.map(segmentFields), language_spans: languageSpans };
  return `${JSON.stringify(fields)}\n`;
}

function segmentFields(segment: Segment, id: number): object {
  const { seek, start, end, text, tokens, temperature, words } = segment;
  return {
    id,
    seek,
    start,
    end,
    text,
    tokens,
    temperature,
    avg_logprob: segment.averageLogProbability,
    compression_ratio: segment.compressionRatio,
    no_speech_prob: segment.noSpeechProbability,
    ...(words === null ? {} : { words }),
  };
}
