/** Runs beside the page, on the browser's audio thread: the microphone's samples as 16-bit chunks of 60 ms. */
const CHUNK = Math.round(0.06 * sampleRate);

class PcmProcessor extends AudioWorkletProcessor {
  private chunk = new Int16Array(CHUNK);
  private filled = 0;

  process([channels]: Float32Array[][]): boolean {
    const count = channels?.length ?? 0;
    const length = channels?.[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of channels!) sum += channel[i]!;
      this.chunk[this.filled++] = Math.max(-1, Math.min(1, sum / count)) * 32_767;
      if (this.filled < CHUNK) continue;
      this.port.postMessage(this.chunk.buffer, [this.chunk.buffer]);
      this.chunk = new Int16Array(CHUNK);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('pcm', PcmProcessor);
