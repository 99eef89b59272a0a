/** A text of a file as a hypothesis: nothing is known of it but the words. */
import type { Hypothesis } from '../../records.ts';
import type { UtteranceText } from './utterance-text.ts';

/** @param reference Whose id and speaker the score will have. */
export function hypothesisOf(text: UtteranceText, reference: UtteranceText, languages: readonly string[]): Hypothesis {
  const { id, speaker } = reference;
  const origin = {
    path: id,
    start: 0,
    duration: 0,
    reference: reference.text,
    speaker: speaker ?? text.speaker,
    piece: null,
  };
  if (text.hypothesis !== undefined) {
    return {
      ...text.hypothesis,
      id,
      origin: { ...text.hypothesis.origin, reference: reference.text, speaker: origin.speaker },
    };
  }
  return {
    kind: 'hypothesis',
    id,
    origin,
    model: '',
    language: '',
    languageProbability: null,
    languages,
    text: text.text,
    segments: [],
    languageSpans: [],
    guardedWindows: 0,
    nBest: null,
  };
}
