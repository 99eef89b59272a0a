/**
 * What travels along the edges of a graph. A record is a plain object: a kind, a stable id, typed arrays with their
 * units, never a tensor. Nothing mutates a record after it was sent.
 *
 * Times are seconds; `start` counts from the beginning of the recording, so that a piece cut out by voice activity
 * still knows where it stood. Matrices are row-major and say their sizes beside them.
 */
import type { ScoreCounts, TeacherForcedCounts } from './score-counts.ts';

/** What every record has. `id` is the utterance's: an operator that takes one record and gives one keeps it. */
export interface RecordBase {
  readonly kind: string;
  readonly id: string;
}

/** Where a piece stands among the pieces that `segment` cut its recording into. */
export interface Piece {
  /** Id of the recording that was cut. */
  readonly recording: string;
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** A line of a manifest: where the audio is and what is known about it. Nothing has been read yet. */
export interface Utterance extends RecordBase {
  readonly kind: 'utterance';
  /** Audio file, absolute or relative to the working folder. */
  readonly path: string;
  /** Seconds into the file where the utterance starts; 0 for a whole file. */
  readonly start: number;
  /** Seconds; null reads to the end of the file. */
  readonly duration: number | null;
  /** Reference text, where the manifest gives one. */
  readonly reference: string | null;
  /** Declared language (`zh`, `en`, `zh-en`), where the manifest gives one. */
  readonly language: string | null;
  readonly speaker: string | null;
}

/** What later records keep of their utterance, so that the last operator can still name file, place and reference. */
export interface Origin {
  readonly path: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  /** Seconds of audio. */
  readonly duration: number;
  readonly reference: string | null;
  readonly speaker: string | null;
  readonly piece: Piece | null;
  /** Audio lost directly before this record, where a live source could not wait for the graph. */
  readonly gap?: Gap;
}

/** A hole in a live recording. */
export interface Gap {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
  /** How many records were dropped. */
  readonly records: number;
}

/** Samples in [-1, 1], one channel. */
export interface Waveform extends RecordBase {
  readonly kind: 'waveform';
  readonly origin: Origin;
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** Log-mel features of a whole recording as Whisper defines them; its 30 s windows are cut later, at seek points. */
export interface LogMel extends RecordBase {
  readonly kind: 'log-mel';
  readonly origin: Origin;
  /** bands x frames, band after band; a frame every 10 ms, one for each whole hop of audio. */
  readonly values: Float32Array;
  /** bands x 4: the frames that follow, in which the audio fades out; the last of them is silence (`logMelWindow`). */
  readonly tail: Float32Array;
  /** 80, or 128 for large-v3. */
  readonly bands: number;
  readonly frames: number;
}

/** Encoder states of the first window of a recording, with the log-mel beside them for the windows that follow. */
export interface Encoding extends RecordBase {
  readonly kind: 'encoding';
  readonly origin: Origin;
  /** Name of the model that made the states, as the pipeline spells it. */
  readonly model: string;
  /** How much audio the window covers: 30 s, or the audio and `slack` seconds. */
  readonly window: Window;
  /** positions x width; a position every 20 ms. */
  readonly states: Float32Array;
  readonly positions: number;
  readonly width: number;
  readonly logMel: LogMel;
}

/** `full` is 30 s as the reference does; `fit` is the audio plus `slack` seconds, at most 30 s. */
export type Window = { readonly kind: 'full' } | { readonly kind: 'fit'; readonly slack: number };

/** Which language is spoken, over the languages asked about; probabilities sum to 1. */
export interface LanguagePosterior extends RecordBase {
  readonly kind: 'language-posterior';
  readonly origin: Origin;
  /** Whisper's codes, most probable first. */
  readonly languages: readonly string[];
  readonly probabilities: readonly number[];
  /** The same over time, in its order, where it was listened to in stretches. */
  readonly stretches?: readonly LanguageStretch[];
}

/** A short stretch of a recording with the probability of each language of its posterior, in that order. */
export interface LanguageStretch {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly probabilities: readonly number[];
}

/** A word with its place in the recording. `word` keeps its leading space, as openai-whisper writes it. */
export interface Word {
  readonly word: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly probability: number;
}

/** What the search knew of one token when it chose it. Enough to rescore the hypothesis without the model. */
export interface TokenScore {
  readonly token: number;
  /** Characters (code points) of the text that begin in the token; 0 for timestamps and the end of text. */
  readonly characters: number;
  /** Natural log-probability before any language term: of the mixture, where several prompts were mixed. */
  readonly logProbability: number;
  /** Natural log-probability that it was ranked by: language terms added, normalised again. */
  readonly score: number;
  /** Code of the token's language, or `other`. */
  readonly language: string;
  /** a: internal probability of each declared language and of `other` for this token; sums to 1. */
  readonly internal: readonly number[];
  /** q: external probability of each declared language (and of `other`, where the calibrator tells); null without one. */
  readonly external: readonly number[] | null;
}

/** A stretch of one language in what was said. */
export interface LanguageSpan {
  /** Code of a declared language. */
  readonly language: string;
  readonly text: string;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  /** Mean probability of the language over the tokens of the span, 0 to 1. */
  readonly confidence: number;
}

/**
 * One entry of an n-best list. What the search knew of its tokens stands in columns, entry t for token t; where a number
 * is told of every class, those of token t follow each other from t x classes on. Enough to score the entry under any
 * language terms without the model.
 */
export interface Candidate {
  readonly text: string;
  /** Sum of the token scores. */
  readonly score: number;
  /** Whether the search came to the end of text, or cut the candidate off. */
  readonly ended: boolean;
  /** Scores that others gave the whole candidate, natural logarithms, in the order of the list's `scoreNames`. */
  readonly scores: Float64Array;
  /** Without the prompt, with timestamps and, where `ended`, the end of text. */
  readonly tokens: Int32Array;
  /** Code points of the text that begin in the token. */
  readonly characters: Int32Array;
  /** Natural, before any language term: of the mixture, where several prompts were mixed. */
  readonly logProbabilities: Float64Array;
  /** Natural logarithms that the search ranked by: language terms added, normalised again. */
  readonly tokenScores: Float64Array;
  /** Class of each token: its place among the languages of the hypothesis, other behind them. */
  readonly classes: Uint8Array;
  /** a: tokens x classes. */
  readonly internal: Float32Array;
  /** q: tokens x classes, as it was used; null without a calibrator. */
  readonly external: Float32Array | null;
  /** 1 where a token begins a character or a word, and carries a language term under `fragmentPolicy: once`. */
  readonly begins: Uint8Array;
  /** tokens x classes: the part of a that belongs to tokens which would carry no term under `once`. */
  readonly exempt: Float32Array;
  /**
   * For every token and every exponent of the list's `powers`: natural logarithm of the sum of p^exponent over the tokens of
   * each class that carry a term under `once`, then over those that do not; -1e30 for none. What `published` is
   * normalised by.
   */
  readonly powerSums: Float64Array;
}

/** The n-best list of one window, best first. */
export interface WindowCandidates {
  /** Seek position of the window, in frames of 10 ms. */
  readonly seek: number;
  /** Frames of the recording that it holds. */
  readonly frames: number;
  readonly temperature: number;
  readonly noSpeechProbability: number;
  /** Token of the timestamp 0.00; those of later times follow it, 0.02 s apart. */
  readonly timestampBegin: number;
  /** Exponents of the candidates' `powerSums`: 1 + the weights at which `published` can be scored. */
  readonly powers: readonly number[];
  /** Names of the candidates' `scores`. */
  readonly scoreNames: readonly string[];
  readonly candidates: readonly Candidate[];
}

/** A stretch of a recording with its text. */
export interface Segment {
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Token ids, timestamps included. */
  readonly tokens: readonly number[];
  /** Parallel to `tokens`. */
  readonly tokenScores: readonly TokenScore[];
  /** Seek position of the window that it was decoded in, in frames of 10 ms. */
  readonly seek: number;
  readonly temperature: number;
  /** Mean natural log-probability of the tokens. */
  readonly averageLogProbability: number;
  /** Bytes of the text over bytes of its zlib form. */
  readonly compressionRatio: number;
  readonly noSpeechProbability: number;
  readonly words: readonly Word[] | null;
}

/** A reference that the decoder was fed with: what it gave every token of it, and the token that it would have written. */
export interface ForcedReference {
  /** Of the reference's text tokens. */
  readonly scores: readonly TokenScore[];
  /** At the same places, of the most probable tokens. */
  readonly choices: readonly TokenScore[];
}

/** What was recognised in one utterance. */
export interface Hypothesis extends RecordBase {
  readonly kind: 'hypothesis';
  readonly origin: Origin;
  readonly model: string;
  /** Tag that the text was decoded under. */
  readonly language: string;
  /** Detected probability of that language; null where it was given. */
  readonly languageProbability: number | null;
  /** The declared languages, in the order of every list of probabilities in the hypothesis. */
  readonly languages: readonly string[];
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly languageSpans: readonly LanguageSpan[];
  /** Windows that the wrong-language guard decoded again. */
  readonly guardedWindows: number;
  /** Null unless n-best lists were asked for. */
  readonly nBest: readonly WindowCandidates[] | null;
  /** Of `score-reference`. */
  readonly forced?: ForcedReference;
}

/** One step of an alignment. A deletion has no hypothesis, an insertion no reference. */
export interface AlignedUnit {
  readonly operation: 'hit' | 'substitution' | 'deletion' | 'insertion';
  /** Units as they were compared, normalised. */
  readonly reference: string | null;
  readonly hypothesis: string | null;
  /** Codes of declared languages, or `other`. */
  readonly referenceLanguage: string | null;
  readonly hypothesisLanguage: string | null;
  /** Units from the nearest switch of language in the reference: 1 on either side of it; null without a switch. */
  readonly distanceToSwitch: number | null;
  /** Seconds from the beginning of the recording where the hypothesis unit is said; null without word times. */
  readonly start: number | null;
  readonly end: number | null;
  /** Mean probability of the hypothesis unit's tokens; null where they have no scores. */
  readonly confidence: number | null;
  /** a and q at its first token, over the languages of the hypothesis (and other); null where unknown. */
  readonly internal: readonly number[] | null;
  readonly external: readonly number[] | null;
}

/** A hypothesis held against its reference. */
export interface Score extends RecordBase {
  readonly kind: 'score';
  readonly origin: Origin;
  /** What made the hypothesis, in the user's words; the model's name where none were given. */
  readonly system: string;
  /** Name of the normalisation profile. */
  readonly profile: string;
  /** The declared languages, in the order of every list by language. */
  readonly languages: readonly string[];
  /** Which declared languages the reference has: the code of the only one, `mixed`, or `other` for none. */
  readonly utteranceType: string;
  /** As it was given, not normalised. */
  readonly reference: string;
  readonly hypothesis: string;
  readonly alignment: readonly AlignedUnit[];
  readonly counts: ScoreCounts;
}

/** An utterance as training reads it: what is heard, and all that shall be written for it. */
export interface TrainingUtterance extends RecordBase {
  readonly kind: 'training-utterance';
  readonly origin: Origin;
  /** bands x frames, band after band: the audio and some silence behind it. */
  readonly logMel: Float32Array;
  readonly bands: number;
  /** Even. */
  readonly frames: number;
  /** Seconds of audio, without the silence. */
  readonly duration: number;
  /** Prompt, text and end of text. */
  readonly tokens: Int32Array;
  /** Tokens of the prompt, which no loss counts. */
  readonly promptLength: number;
  /** Class of each token: its place among the declared languages and `other`. Parallel to `tokens`. */
  readonly classes: Uint8Array;
}

/** Nats: means over the tokens that count, not weighted but for `total`; 0 for what takes no part. */
export interface TrainingLosses {
  /** What is descended. */
  readonly total: number;
  /** Cross-entropy of the tokens, with label smoothing. */
  readonly tokens: number;
  readonly language: number;
  /** Cross-entropy of the replaced score. */
  readonly replacement: number;
  readonly variational: number;
  /** KL of the model that training began from to the one that it made. */
  readonly base: number;
}

/** What a model in training made of one held-out utterance. */
export interface HeldOutText {
  readonly id: string;
  readonly reference: string;
  readonly text: string;
  readonly errors: number;
  readonly units: number;
}

/** How a model in training does on utterances that it does not learn from. */
export interface HeldOutCheck {
  readonly losses: TrainingLosses;
  /** Errors and units of the texts together: their quotient is the mixed error rate. Both 0 where nothing was decoded. */
  readonly errors: number;
  readonly units: number;
  readonly texts: readonly HeldOutText[];
  /** Of the references' tokens, teacher-forced, and of their languages by a and by q. */
  readonly forced: TeacherForcedCounts;
  /** Whether no check before it did better. */
  readonly isBest: boolean;
}

/** One step of a training run. Its id tells the step. */
export interface TrainingStep extends RecordBase {
  readonly kind: 'training-step';
  /** From 1; 0 is the model before training, which is only checked. */
  readonly step: number;
  readonly losses: TrainingLosses;
  /** Norm of the gradient before it was clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens that counted. */
  readonly tokens: number;
  /** Seconds that the step took. */
  readonly seconds: number;
  /** Ids of the utterances. */
  readonly utterances: readonly string[];
  /** Null at most steps. */
  readonly check: HeldOutCheck | null;
}

/** A chunk of a live stream, and what the voice detector made of it. */
export interface SpeechChunk extends RecordBase {
  readonly kind: 'speech';
  readonly origin: Origin;
  /** At 16 kHz; empty where nobody speaks. The first chunk of an utterance begins a little before the speech does. */
  readonly samples: Float32Array;
  readonly sampleRate: number;
  /** The utterance that the samples belong to, counted from 1; 0 where nobody speaks. */
  readonly utterance: number;
  /** Seconds from the beginning of the recording where the speech has ended, if it has by now; null while it goes on. */
  readonly endOfSpeech: number | null;
  /** Whether this is the last chunk of its utterance. */
  readonly endsUtterance: boolean;
  /** Loudness in decibels under full scale: 0 at most, -100 for silence. */
  readonly level: number;
  /** Probability of speech. */
  readonly probability: number;
}

/** A word of a live session, with its language. */
export interface LiveWord extends Word {
  /** Code of a declared language, or `other`. */
  readonly language: string;
  /** a: internal probability of each declared language and of `other` at its first token; sums to 1. */
  readonly internal: readonly number[];
  /** q: external probability of each declared language (and of `other`, where the calibrator tells); null without one. */
  readonly external: readonly number[] | null;
}

/** What partial and final texts of a live session have in common. `origin` is the place of the text in the recording. */
export interface LiveText extends RecordBase {
  readonly origin: Origin;
  /** The utterance, from the beginning of speech to the silence behind it, counted from 1. */
  readonly utterance: number;
  /** Words as they are read; of a text behind others of its utterance with the space before it, if there is one. */
  readonly text: string;
  readonly words: readonly LiveWord[];
  /** Tag that the text was decoded under. */
  readonly language: string;
  /** The declared languages, in the order of every list of probabilities. */
  readonly languages: readonly string[];
  readonly languageSpans: readonly LanguageSpan[];
  /** Geometric mean of the words' probabilities, 0 to 1; 1 for an empty text. */
  readonly confidence: number;
  /**
   * Seconds from the beginning of the recording, by the clock of the session: when the text was given. That less the end
   * of a word is the word's latency.
   */
  readonly emittedAt: number;
  /** The same if computing took no time: how much of the recording had been heard (`computation-unaware`). */
  readonly heardUntil: number;
}

/**
 * What is heard behind the final words of an utterance, and may still change. It takes the place of the partial text
 * before it, and has the id of the final text that will take its own.
 */
export interface PartialText extends LiveText {
  readonly kind: 'partial';
}

/** Text that never changes again. The final texts of an utterance follow one another; all of them together are its text. */
export interface FinalText extends LiveText {
  readonly kind: 'final';
  /** The utterance is over; its last text may be empty. */
  readonly endsUtterance: boolean;
  /** Seconds from the beginning of the recording where its speech ended; null before the last. */
  readonly endOfSpeech: number | null;
}

/** Audio that a live session did not hear. What was heard before it is final; times go on behind it. */
export interface GapMarker extends RecordBase {
  readonly kind: 'gap';
  readonly origin: Origin;
  readonly gap: Gap;
}

/** How loud a live stream is and whether somebody speaks: for a meter, a few times a second. */
export interface VoiceActivity extends RecordBase {
  readonly kind: 'activity';
  readonly origin: Origin;
  /** Decibels under full scale: 0 at most, -100 for silence. */
  readonly level: number;
  /** Probability of speech. */
  readonly probability: number;
  readonly speaking: boolean;
  /** Seconds of speech that have been heard and not yet been decoded. */
  readonly lag: number;
}

/** Weights that a sweep tried on stored n-best lists with references, and what they came to. Its id names them. */
export interface WeightSetting extends RecordBase {
  readonly kind: 'weight-setting';
  /** As the options of `rescore` are named. */
  readonly rescore: string;
  readonly weight: number;
  readonly otherPolicy: string;
  readonly fragmentPolicy: string;
  readonly lengthPenalty: number | null;
  /** `lm=0.3`; other scores do not count. */
  readonly scoreWeights: readonly string[];
  /** Name of the normalisation profile. */
  readonly profile: string;
  readonly utterances: number;
  /** Errors of all utterances, and units of their references: their quotient is the mixed error rate. */
  readonly errors: number;
  readonly units: number;
  /** 95 % interval of the rate; null where there is no unit. */
  readonly low: number | null;
  readonly high: number | null;
  /** Utterances whose text is another than that which the search wrote. */
  readonly changed: number;
}

/** Records held together by `batch`. Its id is the first record's. */
export interface Batch extends RecordBase {
  readonly kind: 'batch';
  readonly records: readonly AnyRecord[];
}

/** A file that was written, with what it holds. */
export interface Part extends RecordBase {
  readonly kind: 'part';
  readonly path: string;
  readonly rows: number;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** Why a record left the graph: the row that every `errors` port carries. `id` is the record's. */
export interface ErrorRow extends RecordBase {
  readonly kind: 'error';
  readonly node: string;
  readonly code: string;
  readonly message: string;
  /** From 1; above 1 where `onError.attempts` tried again. */
  readonly attempt: number;
  readonly path: string | null;
  /** Id of the source's record that it came of. */
  readonly source: string;
  /** That record, where it is an utterance: what it takes to try again. */
  readonly utterance: Utterance | null;
}

/** Every kind by its name. A plugin adds its own by declaration merging. */
export interface RecordKinds {
  utterance: Utterance;
  waveform: Waveform;
  'log-mel': LogMel;
  encoding: Encoding;
  'language-posterior': LanguagePosterior;
  hypothesis: Hypothesis;
  score: Score;
  speech: SpeechChunk;
  partial: PartialText;
  final: FinalText;
  gap: GapMarker;
  activity: VoiceActivity;
  'training-utterance': TrainingUtterance;
  'training-step': TrainingStep;
  'weight-setting': WeightSetting;
  batch: Batch;
  part: Part;
  error: ErrorRow;
}

export type RecordKind = keyof RecordKinds;
export type AnyRecord = RecordKinds[RecordKind];

/** Seconds of audio that a record stands for; null where it does not tell. */
export function secondsOf(record: AnyRecord): number | null {
  if ('origin' in record) return record.origin.duration;
  return record.kind === 'utterance' ? record.duration : null;
}
