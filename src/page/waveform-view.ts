/** The waveform: of the microphone while it is heard, of a recording when it was chosen. */
import WaveSurfer from 'wavesurfer.js';
import Record from 'wavesurfer.js/dist/plugins/record.esm.js';
import { colour, findElement, onThemeChange } from './find-element.ts';

export interface WaveformView {
  listen(stream: MediaStream): void;
  quiet(): void;
  /** Shows a recording; a click plays it from there. */
  load(file: Blob): void;
}

/** Bytes above which a recording is not decoded in the browser: its samples would take hundreds of megabytes. */
const LARGEST = 50 * 2 ** 20;

export function openWaveform(): WaveformView {
  const waves = WaveSurfer.create({
    container: findElement('waveform', HTMLDivElement),
    height: 88,
    barWidth: 2,
    barGap: 1,
    barRadius: 2,
    normalize: false,
    ...colours(),
  });
  const microphone = waves.registerPlugin(Record.create({ scrollingWaveform: true, scrollingWaveformWindow: 12 }));
  onThemeChange(() => waves.setOptions(colours()));
  waves.on('interaction', () => void waves.playPause().catch(() => undefined));
  let stop: () => void = () => undefined;
  return {
    listen(stream) {
      waves.empty();
      const { onDestroy } = microphone.renderMicStream(stream);
      stop = onDestroy;
    },
    quiet() {
      stop();
      stop = () => undefined;
    },
    load(file) {
      if (file.size <= LARGEST) void waves.loadBlob(file).catch(() => undefined); // what the browser cannot play is not shown
    },
  };
}

function colours(): { waveColor: string; progressColor: string; cursorColor: string } {
  return { waveColor: colour('--wave'), progressColor: colour('--c0'), cursorColor: colour('--ink') };
}
