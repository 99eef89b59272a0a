/**
 * What a model in training writes when it is let to decode: its adapter is saved for the moment and merged into the base, as
 * `diglot transcribe --adapter` does, and the languages are detected among the declared ones. Greedy, at temperature 0.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultTranscribeOptions, type TranscribeOptions } from '../decoding/options.ts';
import { transcribe } from '../decoding/transcribe.ts';
import { encodeWindow } from '../decoding/windows.ts';
import { detectLanguage } from '../language/detect.ts';
import { adapterFiles } from '../whisper/adapter-file.ts';
import { acquireModel, type ModelOptions } from '../whisper/load-model.ts';
import type { DecodeTexts } from './held-out.ts';

export interface DecodeHeldOutOptions extends Pick<ModelOptions, 'offline' | 'cacheFolder' | 'signal'> {
  /** Name of the base. */
  readonly model: string;
  /** Codes of the declared languages. */
  readonly languages: readonly string[];
}

/** Silence behind the audio in seconds, as training has it. */
const slack = 2;

/** @returns A function that throws what loading the model and saving the adapter throw. */
export function decodeHeldOut({ model: base, languages, ...options }: DecodeHeldOutOptions): DecodeTexts {
  const decoding: TranscribeOptions = {
    ...defaultTranscribeOptions,
    languages,
    languagePrompt: 'single',
    window: { kind: 'fit', slack },
    temperatures: [0],
    beamSize: 1,
    guard: false,
  };
  return async (trainer, utterances) => {
    const folder = await mkdtemp(join(tmpdir(), 'diglot-check-'));
    try {
      const adapter = join(folder, 'adapter');
      await trainer.save(adapter);
      // Used once, and of a size that counts: a graph of each check would soon fill the cache.
      const { model, release } = await acquireModel(base, {
        ...options,
        device: 'auto',
        precision: 'int8',
        keepGraphs: false,
        adapter: existsSync(join(adapter, adapterFiles.config)) ? [adapter] : [],
      });
      try {
        const texts: string[] = [];
        for (const { mel } of utterances) {
          options.signal?.throwIfAborted();
          const first = await encodeWindow(model, mel, 0, mel.frames, decoding.window);
          const heard = await detectLanguage(model, first.states, first.positions, languages);
          texts.push((await transcribe(model, mel, decoding, { first, heard, ...options })).text);
        }
        return texts;
      } finally {
        release();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
