/**
 * Stored n-best lists scored by a model, teacher-forced: what its search would have given every token of every candidate,
 * in the window and behind the text that the lists were decoded with. The model that decoded them gives them the scores
 * that they have (method-specs I15), other models and adapters their own.
 */
import { melSpectrogram } from '../audio/mel-spectrogram.ts';
import { RecordError, UsageError } from '../errors.ts';
import { detectLanguage, type LanguageProbability } from '../language/detect.ts';
import type { Candidate, Hypothesis, Window, WindowCandidates } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { PromptOptions } from './prompt.ts';
import { promptHistory, type PromptHistoryOptions } from './prompt-history.ts';
import { scoreTokens } from './score-tokens.ts';
import { chooseLanguages, evidenceNeeded, openScorer, type LanguageOptions } from './spoken-languages.ts';
import type { FilterOptions } from './token-filters.ts';
import { encodeWindow, type States } from './windows.ts';

/** As the lists were decoded, so far as it decides over scores. */
export interface ListScoringOptions
  extends LanguageOptions, Omit<PromptOptions, 'tags'>, FilterOptions, PromptHistoryOptions {
  readonly window: Window;
  /** Languages that detection chose among, where `language` is null; none is all that the model knows. */
  readonly among: readonly string[];
}

/**
 * @param samples 16 kHz, the utterance of the hypothesis.
 * @returns For every window and candidate the token scores: natural log-probabilities, language terms added where the
 *   options have them.
 * @throws UsageError `vocabulary` when the model has other tokens than the lists; those of `scoreTokens` and `chooseLanguages`.
 * @throws RecordError `outside-file` when the audio is shorter than the lists say; those of `scoreTokens`.
 */
export async function scoreLists(
  model: SpeechModel,
  samples: Float32Array,
  { id, nBest, segments }: Hypothesis,
  options: ListScoringOptions,
): Promise<Float64Array[][]> {
  const { facts } = model;
  const logMel = melSpectrogram(samples, facts.bands);
  const longest = 2 * facts.audioPositions;
  const firstSize = Math.min(longest, logMel.frames);
  let first: States | null = null;
  const encodeFirst = async () => (first ??= await encodeWindow(model, logMel, 0, firstSize, options.window));
  const spoken = await chooseLanguages(model, options, await heard(), encodeFirst);
  const history = promptHistory(model, options);
  const scored: Float64Array[][] = [];
  for (const list of nBest ?? []) {
    const { seek, frames, temperature } = list;
    if (seek + frames > logMel.frames || frames > longest) {
      const message = `${id}: its lists go on to ${(seek + frames) / 100} s and the audio that was read lasts ${logMel.frames / 100} s; name the audio that they were decoded from.`;
      throw new RecordError('outside-file', message);
    }
    const isFirst = seek === 0 && frames === firstSize;
    const { states, positions } = isFirst
      ? await encodeFirst()
      : await encodeWindow(model, logMel, seek, frames, options.window);
    const audio = { states, positions, heard: Math.min(positions, Math.ceil(frames / 2)) };
    const session = await model.openDecoder(states, positions, evidenceNeeded(spoken));
    try {
      const ofWindow: Float64Array[] = [];
      for (const candidate of list.candidates) {
        const scorer = await openScorer(model, session, audio, spoken, options.rescoring, isFirst);
        const tokens = ownTokens(model, list, candidate);
        const decoding = { ...options, tags: spoken.tags };
        const { scores } = await scoreTokens({ model, session, scorer }, decoding, tokens, history.previous());
        if (spoken.declared !== null) checkCharacters(model, candidate, scores);
        ofWindow.push(Float64Array.from(scores, ({ score }) => score));
      }
      scored.push(ofWindow);
    } finally {
      session.dispose();
    }
    history.add(
      segments.filter((segment) => segment.seek === seek).flatMap(({ tokens }) => ownText(model, list, tokens)),
      temperature,
    );
  }
  return scored;

  /** What the search was told of the languages; null lets it listen itself. */
  async function heard(): Promise<LanguageProbability[] | null> {
    if (options.language !== null || options.among.length === 0) return null;
    const { states, positions } = await encodeFirst();
    return detectLanguage(model, states, positions, options.among);
  }
}

/** The tokens of a candidate as the model numbers them: vocabularies of Whisper differ in their special tokens. */
function ownTokens(model: SpeechModel, list: WindowCandidates, { tokens, ended }: Candidate): number[] {
  const text = ownText(model, list, ended ? tokens.subarray(0, -1) : tokens);
  return ended ? [...text, model.tokenizer.endOfText] : text;
}

/** Text and timestamps. */
function ownText(model: SpeechModel, { timestampBegin }: WindowCandidates, tokens: ArrayLike<number>): number[] {
  const { endOfText, timestampBegin: own } = model.tokenizer;
  return Array.from(tokens, (token) => {
    if (token >= timestampBegin) return own + token - timestampBegin;
    if (token < endOfText) return token;
    throw otherVocabulary(model);
  });
}

/** Tokens of another vocabulary write other numbers of characters. */
function checkCharacters(
  model: SpeechModel,
  { characters }: Candidate,
  scores: readonly { readonly characters: number }[],
): void {
  if (scores.some((score, at) => score.characters !== characters[at])) throw otherVocabulary(model);
}

function otherVocabulary({ facts }: SpeechModel): UsageError {
  return new UsageError(
    'vocabulary',
    `The n-best lists were decoded with other tokens than those of ${facts.name}; score them with a model of the same vocabulary.`,
  );
}
