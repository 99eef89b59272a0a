/** Decodes a window at rising temperatures until the text is plausible (openai-whisper whisper/transcribe.py). */
import { decodeWindow, type DecodingTools, type WindowOptions, type WindowResult } from './decode-window.ts';

export interface FallbackOptions extends Omit<WindowOptions, 'temperature'> {
  /** Tried in this order; at least one. */
  readonly temperatures: readonly number[];
  /** A text that compresses more is a loop; null never fails. */
  readonly compressionRatioThreshold: number | null;
  /** A text with a lower mean log-probability is a guess; null never fails. */
  readonly logProbabilityThreshold: number | null;
  /** A guess with a higher probability of no speech is silence; null never is. */
  readonly noSpeechThreshold: number | null;
}

/** Silence: probably no speech, and no text that is more probable than the threshold. */
export function isSilence(result: WindowResult, options: FallbackOptions): boolean {
  const { noSpeechThreshold, logProbabilityThreshold } = options;
  if (noSpeechThreshold === null || result.noSpeechProbability <= noSpeechThreshold) return false;
  return logProbabilityThreshold === null || result.averageLogProbability <= logProbabilityThreshold;
}

/** Whether the text is a loop or a guess, and the audio no silence. */
export function hasFailed(result: WindowResult, options: FallbackOptions): boolean {
  const { compressionRatioThreshold, logProbabilityThreshold } = options;
  const loop = compressionRatioThreshold !== null && result.compressionRatio > compressionRatioThreshold;
  const guess = logProbabilityThreshold !== null && result.averageLogProbability < logProbabilityThreshold;
  return (loop || guess) && !(guess && isSilence(result, options));
}

/** The first result that has not failed, or that of the last temperature. */
export async function decodeWithFallback(
  tools: Omit<DecodingTools, 'loopRatio'>,
  options: FallbackOptions,
  previous: readonly number[],
): Promise<WindowResult> {
  const loopRatio = options.compressionRatioThreshold;
  let result: WindowResult | undefined;
  for (const temperature of options.temperatures) {
    result = await decodeWindow({ ...tools, loopRatio }, { ...options, temperature }, previous);
    if (!hasFailed(result, options)) break;
  }
  return result!;
}
