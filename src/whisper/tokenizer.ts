/** Whisper's byte-level BPE with the ids of its special tokens, which differ between models and are never assumed. */

export interface Tokenizer {
  readonly vocabularySize: number;
  readonly endOfText: number;
  readonly startOfTranscript: number;
  readonly translate: number;
  readonly transcribe: number;
  readonly startOfLm: number;
  readonly startOfPrevious: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** Id of `<|0.00|>`; a later id is 0.02 s later. */
  readonly timestampBegin: number;
  /** Whisper's language codes in id order, with their tag tokens. */
  readonly languages: ReadonlyMap<string, number>;
  /** Text to ids, without special tokens. */
  readonly encode: (text: string) => number[];
  /** Ids to text; special and timestamp tokens are left out. Bytes that are no UTF-8 become U+FFFD. */
  readonly decode: (tokens: readonly number[]) => string;
  /** The bytes that one ordinary token stands for; empty for special tokens. */
  readonly bytes: (token: number) => Uint8Array;
  /** openai-whisper's `non_speech_tokens`: symbols that annotate instead of transcribing. */
  readonly nonSpeechTokens: readonly number[];
}
