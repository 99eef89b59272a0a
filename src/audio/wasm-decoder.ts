/** How the decoders in WebAssembly are used: a fresh one for each file, quietly, and freed whatever happens. */
import { RecordError } from '../errors.ts';

interface WasmDecoder {
  readonly ready: Promise<void>;
  free(): void | Promise<void>;
}

/**
 * Opens a decoder, works with it and frees it. Damaged files can make it trap (`memory access out of bounds`), after which
 * its memory is in disorder; since no instance outlives its file, that harms nobody else.
 *
 * @throws RecordError those of `work`, and `corrupt-data` when the decoder itself fails.
 */
export async function withDecoder<D extends WasmDecoder, R>(
  path: string,
  open: () => D,
  work: (decoder: D) => Promise<R>,
): Promise<R> {
  const unmute = muteDecoders();
  const decoder = open();
  try {
    await decoder.ready;
    return await work(decoder);
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RecordError('corrupt-data', `${path}: the decoder broke down on it (${reason}); copy the file again.`, {
      cause,
    });
  } finally {
    try {
      await decoder.free();
    } catch {
      // A decoder that trapped cannot be freed either; its memory goes with the instance.
    }
    unmute();
  }
}

/** First words of the lines that the decoder packages print about damage, which we report as errors. */
const DECODER_LINE = /^\s*(mpg123-decoder|@wasm-audio-decoders|libopus|codec-parser)/;

let muted = 0;
let original: Pick<Console, 'error' | 'warn'> | undefined;

/** Keeps the decoders' own lines off the console, and lets everybody else's pass, until the last user is done. */
function muteDecoders(): () => void {
  const { console: target } = globalThis;
  if (muted++ === 0) {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- they are called on the console again below
    const { error, warn } = target;
    original = { error, warn };
    const filter =
      (print: (...words: unknown[]) => void) =>
      (...words: unknown[]): void => {
        if (!DECODER_LINE.test(String(words[0]))) print.apply(target, words);
      };
    Object.assign(target, { error: filter(error), warn: filter(warn) });
  }
  return () => {
    if (--muted === 0) Object.assign(target, original);
  };
}
