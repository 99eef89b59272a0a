/** diglot as a library user drives it: log-mel, then `transcribe`, several clips at once where there are several. */
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { defaultTranscribeOptions, type TranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import type { DecoderSession, SpeechModel } from '../../src/whisper/speech-model.ts';
import type { ComputePrecision } from '../../src/whisper/weights.ts';
import { timed, type Recogniser } from './recogniser.ts';

export interface DiglotSide {
  readonly name: string;
  readonly precision: ComputePrecision;
  readonly options: Partial<TranscribeOptions>;
}

/** Utterances that are transcribed at the same time; the model puts their encoder windows and decoder steps together. */
const atOnce = 16;

export async function openDiglot(model: string, { name, precision, options }: DiglotSide): Promise<Recogniser> {
  const { model: loaded, release } = await acquireModel(model, { device: 'cpu', precision });
  const steps = countSteps(loaded);
  const all: TranscribeOptions = {
    ...defaultTranscribeOptions,
    withoutTimestamps: true,
    conditionOnPreviousText: false,
    // What the peers do not have is a side of its own.
    guard: false,
    ...options,
  };
  return {
    name,
    transcribe: (clips) =>
      timed(async () => {
        const texts: string[] = [];
        let next = 0;
        const work = async (): Promise<void> => {
          for (let index = next++; index < clips.length; index = next++) {
            const { samples, language } = clips[index]!;
            const logMel = melSpectrogram(samples, loaded.facts.bands);
            texts[index] = (await transcribe(steps.model, logMel, { ...all, language })).text;
          }
        };
        await Promise.all(Array.from({ length: Math.min(atOnce, clips.length) }, work));
        return texts;
      }),
    stepMilliseconds: async () => steps.median(),
    async close() {
      release();
    },
  };
}

/** Measures the steps of five rows as they are asked for. */
function countSteps(model: SpeechModel): { readonly model: SpeechModel; median(): number | null } {
  const times: number[] = [];
  const measured = (session: DecoderSession): DecoderSession => ({
    ...session,
    async step(parents, tokens, whole) {
      const begin = performance.now();
      const output = await session.step(parents, tokens, whole);
      if (parents.length === 5) times.push(performance.now() - begin);
      return output;
    },
  });
  return {
    model: { ...model, openDecoder: async (...given) => measured(await model.openDecoder(...given)) },
    median: () => times.toSorted((a, b) => a - b)[times.length >> 1] ?? null,
  };
}
