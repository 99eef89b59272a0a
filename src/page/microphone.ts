/** Microphones of the browser: which there are, and the samples of one. */

export interface Microphone {
  readonly stream: MediaStream;
  /** Hz. */
  readonly sampleRate: number;
  close(): void;
}

/** Fills the list of devices. Their names are known only once the user has allowed one. */
export async function listMicrophones(list: HTMLSelectElement): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const chosen = list.value;
  const options = devices
    .filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '')
    .map(({ deviceId, label }, index) => new Option(label || `Microphone ${index + 1}`, deviceId));
  list.replaceChildren(...(options.length > 0 ? options : [new Option('The usual one', '')]));
  if (options.some(({ value }) => value === chosen)) list.value = chosen;
}

/**
 * Opens a microphone.
 * @param deviceId Empty for the browser's choice.
 * @param give Takes 16-bit samples of one channel, 60 ms at a time.
 * @throws Error in words for the user.
 */
export async function openMicrophone(deviceId: string, give: (chunk: ArrayBuffer) => void): Promise<Microphone> {
  const stream = await navigator.mediaDevices
    .getUserMedia({
      audio: {
        ...(deviceId === '' ? {} : { deviceId: { exact: deviceId } }),
        // The recogniser wants to hear what is there.
        autoGainControl: false,
        echoCancellation: false,
        noiseSuppression: false,
      },
    })
    .catch((error: unknown) => {
      throw new Error(reasonOf(error), { cause: error });
    });
  const context = new AudioContext();
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule('pcm-worklet.js');
    const worklet = new AudioWorkletNode(context, 'pcm', { numberOfOutputs: 0 });
    worklet.port.onmessage = ({ data }) => give(data as ArrayBuffer);
    context.createMediaStreamSource(stream).connect(worklet);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  return { stream, sampleRate: context.sampleRate, close };
}

function reasonOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'The browser was not allowed to use the microphone.';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'There is no such microphone.';
  if (name === 'NotReadableError') return 'Another program has the microphone.';
  return `The microphone cannot be opened: ${String(error)}`;
}
