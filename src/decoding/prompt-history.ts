/** The text that the next window is decoded behind (openai-whisper whisper/transcribe.py). */
import type { SpeechModel } from '../whisper/speech-model.ts';

/** Text that was only found by sampling at a higher temperature is not given on. */
const resetTemperature = 0.5;

export interface PromptHistory {
  /** Tokens for the prompt of the next window; `promptOf` takes the last of them. */
  previous(): readonly number[];
  /** Adds the tokens of a window, timestamps included. */
  add(tokens: readonly number[], temperature: number): void;
}

export interface PromptHistoryOptions {
  /** Decodes a window behind the text of the windows before it. */
  readonly conditionOnPreviousText: boolean;
  /** Text that the first window is decoded behind: names and words to expect. */
  readonly initialPrompt: string | null;
  /** Puts the initial prompt before every window. */
  readonly carryInitialPrompt: boolean;
}

export function promptHistory({ facts, tokenizer }: SpeechModel, options: PromptHistoryOptions): PromptHistory {
  const initial = options.initialPrompt === null ? [] : tokenizer.encode(` ${options.initialPrompt.trim()}`);
  const room = Math.floor(facts.textPositions / 2) - 1 - initial.length;
  const tokens = [...initial];
  let from = 0;
  return {
    previous() {
      if (!options.carryInitialPrompt) return tokens.slice(from);
      const later = tokens.slice(Math.max(initial.length, from));
      return room > 0 ? [...initial, ...later.slice(-room)] : initial;
    },
    add(added, temperature) {
      tokens.push(...added);
      if (!options.conditionOnPreviousText || temperature > resetTemperature) from = tokens.length;
    },
  };
}
