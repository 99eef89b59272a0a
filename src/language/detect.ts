/** Which language Whisper hears: the probability of its language tags behind `<|startoftranscript|>`. */
import { UsageError } from '../errors.ts';
import type { DecoderSession, SpeechModel } from '../whisper/speech-model.ts';

export interface LanguageProbability {
  /** Whisper's code. */
  readonly language: string;
  readonly probability: number;
}

/**
 * Follows openai-whisper's `detect_language` (whisper/decoding.py); with `among`, the probability is shared out among
 * those languages alone.
 * @param states positions x width, from the encoder.
 * @param among Whisper's codes; none allows all that the model knows.
 * @returns Most probable first; the probabilities sum to 1.
 * @throws UsageError `language` when the model knows no such language.
 */
export async function detectLanguage(
  model: SpeechModel,
  states: Float32Array,
  positions: number,
  among: readonly string[] = [],
): Promise<LanguageProbability[]> {
  const tags = tagsOf(model, among);
  if (tags.length === 1) return [{ language: tags[0]![0], probability: 1 }];
  const session = await model.openDecoder(states, positions);
  try {
    return await detectInSession(session, model, among);
  } finally {
    session.dispose();
  }
}

/** The same over a session that is open already; it must begin anew, with prefill, behind it. */
export async function detectInSession(
  session: DecoderSession,
  model: SpeechModel,
  among: readonly string[] = [],
): Promise<LanguageProbability[]> {
  const { startOfTranscript, endOfText } = model.tokenizer;
  const [output] = await session.prefill([[startOfTranscript]], [0]);
  const { logProbabilities, listed } = output!;
  const special = listed?.special ?? logProbabilities!.subarray(endOfText);
  return shareOut(special, endOfText, tagsOf(model, among));
}

/** Languages with their tag tokens; a model without tags knows English alone. */
function tagsOf({ facts, tokenizer }: SpeechModel, among: readonly string[]): (readonly [string, number])[] {
  const known = facts.multilingual ? tokenizer.languages : new Map([['en', tokenizer.startOfTranscript]]);
  if (among.length === 0) return [...known];
  return [...new Set(among)].map((language) => {
    const tag = known.get(language);
    if (tag !== undefined) return [language, tag] as const;
    throw new UsageError(
      'language',
      `${facts.name} has no language ${JSON.stringify(language)}; it knows ${[...known.keys()].join(', ')}.`,
    );
  });
}

/** @param special Natural log-probabilities of the ids from `first` on. */
function shareOut(
  special: Float32Array,
  first: number,
  tags: readonly (readonly [string, number])[],
): LanguageProbability[] {
  const scores = tags.map(([, tag]) => special[tag - first]!);
  const largest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return tags
    .map(([language], i) => ({ language, probability: weights[i]! / sum }))
    .sort((a, b) => b.probability - a.probability);
}
