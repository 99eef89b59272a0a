/** Microphones, through Picovoice's recorder (Apache-2.0, an optional package): 16 kHz, one channel, no key needed. */
import { createRequire } from 'node:module';
import { RecordError, UsageError } from '../errors.ts';

type PvRecorderModule = typeof import('@picovoice/pvrecorder-node');

/** Hz: the rate that the recorder gives. */
export const MICROPHONE_RATE = 16_000;
/** Seconds that the recorder keeps for a reader that is late. */
const BUFFERED_SECONDS = 2;

/**
 * Names of the microphones, as the system lists them. Their places in the list are what `--device` counts.
 * @throws UsageError `missing-package` when the recorder is not installed or does not load here.
 */
export function microphones(): string[] {
  return recorder().getAvailableDevices();
}

/**
 * Which device is meant.
 * @param wanted null for the system's own choice; else a place in the list, from 0, or a part of one name.
 * @returns What the recorder takes: -1 for the system's own choice.
 * @throws UsageError `no-microphone` when there is none, or several.
 */
export function findMicrophone(wanted: string | null, names: readonly string[]): number {
  if (wanted === null) return -1;
  const listed = names.map((name, at) => `${at}: ${name}`).join('; ') || 'none';
  if (/^\d+$/.test(wanted)) {
    if (Number(wanted) < names.length) return Number(wanted);
    throw new UsageError('no-microphone', `There is no microphone ${wanted}; there are ${listed}.`);
  }
  const fitting = names.flatMap((name, at) => (name.toLowerCase().includes(wanted.toLowerCase()) ? [at] : []));
  if (fitting.length === 1) return fitting[0]!;
  const found = fitting.length === 0 ? 'No microphone' : 'More than one microphone';
  throw new UsageError('no-microphone', `${found} has "${wanted}" in its name; there are ${listed}.`);
}

/**
 * Listens until the signal is aborted.
 *
 * @param device From `findMicrophone`.
 * @param chunkSeconds Length of what is given at a time.
 * @throws RecordError `microphone` when the device cannot be opened or goes away.
 */
export async function* listenToMicrophone(
  device: number,
  chunkSeconds: number,
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const Recorder = recorder();
  const frame = Math.max(1, Math.round(chunkSeconds * MICROPHONE_RATE));
  let opened: InstanceType<typeof Recorder> | null = null;
  try {
    opened = new Recorder(frame, device, Math.ceil((BUFFERED_SECONDS * MICROPHONE_RATE) / frame));
    opened.start();
    while (!signal.aborted) yield Float32Array.from(await opened.read(), (sample) => sample / 32_768);
  } catch (cause) {
    const message = `The microphone cannot be heard (${String(cause)}); --list-devices lists those that there are.`;
    throw new RecordError('microphone', message, { cause });
  } finally {
    opened?.stop();
    opened?.release();
  }
}

const require = createRequire(import.meta.url);

/** `require` and not `import()`: an import that fails inside an ES module ends the process on Node 20, caught or not. */
function recorder(): PvRecorderModule['PvRecorder'] {
  try {
    return (require('@picovoice/pvrecorder-node') as PvRecorderModule).PvRecorder;
  } catch (cause) {
    const message =
      'A microphone needs @picovoice/pvrecorder-node: npm install @picovoice/pvrecorder-node, or pipe audio in with --source input.';
    throw new UsageError('missing-package', message, { cause });
  }
}
