/**
 * The contract between the data of a train graph and what is trained with it: arrays in, numbers out. A trainer holds the
 * weights in training and their moments; the model below stays as it is. All randomness comes from the seed and the number of
 * the step, so that the same utterances in the same order give the same bytes.
 */
import type { LanguageSet } from '../language/language-set.ts';
import type { ModelFacts } from '../whisper/speech-model.ts';

/** An utterance as the network reads it. Arrays are not changed. */
export interface TrainingUtterance {
  readonly id: string;
  /** Log-mel of the audio and some silence behind it: bands x frames, row after row. */
  readonly logMel: Float32Array;
  /** Even; those of the longest utterance of a batch are computed for all, the others are lengthened with silence. */
  readonly frames: number;
  /** Seconds of audio, without the silence behind it. */
  readonly duration: number;
  /** The whole sequence: prompt, text, end of text. */
  readonly tokens: Int32Array;
  /** Tokens of the prompt, which no loss counts. */
  readonly promptLength: number;
  /** Class of each token in the language set (`TokenLanguages.classOf` along the text), parallel to `tokens`. */
  readonly classes: Uint8Array;
  /**
   * Whether the model should go on saying here what its base says: the loss `base` counts such utterances alone.
   * Left out: where the text is in one language.
   */
  readonly guard?: boolean;
}

/** Nats; each part is a mean over tokens and not yet weighted, 0 where it does not take part. */
export interface Losses {
  /** What is descended: the weighted sum. */
  readonly total: number;
  /** L_CE, with label smoothing. */
  readonly tokens: number;
  /** L_l. */
  readonly language: number;
  /** L_R. */
  readonly replacement: number;
  /** L_var. */
  readonly variational: number;
  /** KL(base || adapted), of guards. */
  readonly base: number;
}

export interface StepReport {
  /** From 1 on. */
  readonly step: number;
  readonly losses: Losses;
  /** Norm of the gradient before it was clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens that count: text and end. */
  readonly tokens: number;
  readonly seconds: number;
  readonly ids: readonly string[];
}

/** What the model says of one utterance under teacher forcing, without noise. Rows are tokens behind the prompt, end included. */
export interface UtteranceEvaluation {
  readonly id: string;
  /** Natural log p of each reference token. */
  readonly logProbabilities: Float32Array;
  /** 1 where the reference token is the most probable. */
  readonly correct: Uint8Array;
  /** Probability of the most probable token. */
  readonly confidence: Float32Array;
  /** a, tokens x classes. */
  readonly internal: Float32Array;
  /** q, tokens x classes; null without a calibrator. */
  readonly external: Float32Array | null;
  /** Class of each reference token. */
  readonly classes: Uint8Array;
}

export interface Evaluation {
  readonly losses: Losses;
  readonly tokens: number;
  readonly utterances: readonly UtteranceEvaluation[];
}

export interface Trainer {
  readonly facts: ModelFacts;
  readonly set: LanguageSet;
  /** Numbers in training. */
  readonly parameters: number;
  /** Steps done. */
  readonly step: () => number;
  /**
   * One step down the gradient of the whole batch. Calls must not overlap.
   * @throws UsageError `training` when the loss is not finite or has risen too far, naming the step, the ids and the last
   *   checkpoint; the weights are then those before the step. RecordError `training` when an utterance does not suit the
   *   model (too many tokens or frames).
   */
  train(batch: readonly TrainingUtterance[]): Promise<StepReport>;
  /** The losses without noise; changes nothing. */
  evaluate(batch: readonly TrainingUtterance[]): Promise<Evaluation>;
  /**
   * Fits the temperature of the calibrator on held-out utterances (least -log q of the class); does nothing without one.
   * @returns The temperature, which `save` writes.
   */
  fitTemperature(batches: readonly (readonly TrainingUtterance[])[]): Promise<number>;
  /**
   * Writes the adapter in PEFT layout (adapter_config.json, adapter_model.safetensors) and, where one was trained,
   * `calibrator.safetensors` into a folder, which appears whole or not at all and must not be there.
   * @param scale The adapter is multiplied by it: theta0 + scale (theta - theta0). Default 1.
   * @throws UsageError `export` when the place is not free.
   */
  save(folder: string, scale?: number): Promise<void>;
  /**
   * Writes all that a run needs to go on: weights, moments, step. The file appears whole or not at all (temporary name,
   * flush, rename) and takes the place of an older one.
   * @param notes Texts that `restore` gives back, such as where the data stood.
   */
  writeCheckpoint(file: string, notes?: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Goes back to a checkpoint; what follows is byte for byte what followed there.
   * @returns The notes.
   * @throws UsageError `checkpoint` when the file is missing, damaged, or of a run with other options.
   */
  restore(file: string): Promise<Readonly<Record<string, string>>>;
  /** Makes the weights the mean of those of several checkpoints; the moments and the step stay. @throws as `restore`. */
  average(files: readonly string[]): Promise<void>;
  dispose(): Promise<void>;
}
