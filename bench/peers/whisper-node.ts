/**
 * whisper.cpp as npm has it: @fugood/whisper.node. Its options have no way to leave timestamps out, and its x64 build (1.1.3)
 * holds no AVX instruction, so the same whisper.cpp from PyPI (python.ts) is the side that the table compares with.
 */
import { createRequire } from 'node:module';
import { timed, type Recogniser } from './recogniser.ts';

interface WhisperNode {
  initWhisper(options: object): Promise<{
    transcribeData(pcm: ArrayBufferLike, options: object): { readonly promise: Promise<{ readonly result: string }> };
    release(): Promise<void>;
  }>;
}

/** @throws Error that says how to install it. */
export async function openWhisperNode(name: string, model: string, threads: number): Promise<Recogniser> {
  let whisper: WhisperNode;
  try {
    whisper = createRequire(import.meta.url)('@fugood/whisper.node') as WhisperNode;
  } catch {
    throw new Error('not installed: npm install --no-save @fugood/whisper.node @fugood/node-whisper-linux-x64');
  }
  const context = await whisper.initWhisper({ filePath: model, useGpu: false });
  return {
    name,
    transcribe: (clips) =>
      timed(async () => {
        const texts: string[] = [];
        for (const { samples, language } of clips) {
          const pcm = Int16Array.from(samples, (sample) =>
            Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
          );
          const options = { language, beamSize: 5, maxThreads: threads };
          texts.push((await context.transcribeData(pcm.buffer, options).promise).result);
        }
        return texts;
      }),
    stepMilliseconds: async () => null,
    close: () => context.release(),
  };
}
