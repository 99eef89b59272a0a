/** The page: one session of the microphone or one recording at a time, and the views that show it. */
import './zod-without-code.ts';
import { downloadForms, type ServerEvent } from '../server/messages.ts';
import { findElement } from './find-element.ts';
import { openGraph } from './graph-view.ts';
import { openLanguageChart } from './language-chart.ts';
import { openLiveClient, type LiveClient } from './live-client.ts';
import { listMicrophones, openMicrophone, type Microphone } from './microphone.ts';
import { clock, languageName, openTranscript } from './transcript-view.ts';
import { openUploadBox } from './upload-box.ts';
import { openWaveform } from './waveform-view.ts';

const state = findElement('state', HTMLParagraphElement);
const toggle = findElement('toggle', HTMLButtonElement);
const devices = findElement('microphone', HTMLSelectElement);
const choice = findElement('languages', HTMLSelectElement);
const level = findElement('level', HTMLMeterElement);
const time = findElement('time', HTMLElement);
const latency = findElement('latency', HTMLElement);
const lag = findElement('lag', HTMLElement);
const legend = findElement('legend', HTMLUListElement);
const chartTitle = findElement('language-title', HTMLHeadingElement);
const downloads = findElement('downloads', HTMLElement);

const transcript = openTranscript();
const chart = openLanguageChart();
const waveform = openWaveform();
const graph = openGraph();

let client: LiveClient | null = null;
let microphone: Microphone | null = null;
let languages: readonly string[] = ['zh', 'en'];
let latencies: number[] = [];

function say(message: string, isWrong = false): void {
  state.textContent = message;
  state.classList.toggle('wrong', isWrong);
}

/** Not by `disabled`, with which the button would lose the focus of the keyboard. */
function allowToggle(may: boolean): void {
  toggle.setAttribute('aria-disabled', String(!may));
}

function clear(): void {
  transcript.clear();
  chart.clear();
  latencies = [];
  latency.textContent = '–';
  lag.textContent = '–';
  time.textContent = '0:00';
  downloads.hidden = true;
}

function chosenLanguages(): string[] {
  return choice.value.split(',');
}

function showLegend(): void {
  chartTitle.textContent = `Probability of ${languageName(languages[0] ?? '')}`;
  legend.replaceChildren(
    ...[...languages, 'other'].map((code) => {
      const item = document.createElement('li');
      const swatch = document.createElement('i');
      swatch.className = code === 'zh' || code === 'en' ? code : 'other';
      item.append(swatch, languageName(code));
      return item;
    }),
  );
}

function offer(name: string | null): void {
  if (name === null) return;
  downloads.replaceChildren(
    ...downloadForms.map((form) => {
      const link = document.createElement('a');
      link.href = `v1/transcripts/${name}.${form}`;
      link.download = `transcript.${form}`;
      link.textContent = form === 'arrow' ? 'Arrow' : form;
      return link;
    }),
  );
  downloads.hidden = false;
}

function take(event: ServerEvent): void {
  switch (event.type) {
    case 'ready':
      languages = event.languages;
      showLegend();
      graph.draw(event.graph);
      say('Listening.');
      break;
    case 'partial':
    case 'final':
      transcript.show(event, languages);
      if (event.type === 'partial') break;
      chart.add(event.words, 0, languages.length);
      for (const { end } of event.words) latencies.push(event.emittedAt - end);
      if (latencies.length > 0) latency.textContent = `${median(latencies).toFixed(1)} s`;
      break;
    case 'gap':
      transcript.gap(event.start, event.duration);
      break;
    case 'level':
      level.value = event.level;
      time.textContent = clock(event.at);
      lag.textContent = `${event.lag.toFixed(1)} s`;
      break;
    case 'graph':
      graph.update(event);
      break;
    case 'error':
      say(event.message, true);
      break;
    case 'ended':
      offer(event.transcript);
      break;
  }
}

async function start(): Promise<void> {
  allowToggle(false);
  say('Opening the microphone.');
  clear();
  try {
    microphone = await openMicrophone(devices.value, (chunk) => client?.hear(chunk));
  } catch (error) {
    allowToggle(true);
    return say((error as Error).message, true);
  }
  void listMicrophones(devices);
  client = openLiveClient(microphone.sampleRate, chosenLanguages(), take);
  waveform.listen(microphone.stream);
  toggle.textContent = 'Stop';
  toggle.setAttribute('aria-pressed', 'true');
  allowToggle(true);
  const wrong = await client.closed;
  release();
  client = null;
  toggle.textContent = 'Start';
  toggle.setAttribute('aria-pressed', 'false');
  allowToggle(true);
  level.value = -60;
  say(wrong ?? 'Ready.', wrong !== null);
}

function stop(): void {
  allowToggle(false);
  release();
  say('Finishing what was heard.');
  client?.end();
}

function release(): void {
  microphone?.close();
  microphone = null;
  waveform.quiet();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

toggle.addEventListener('click', () => {
  if (toggle.getAttribute('aria-disabled') === 'true') return;
  if (client === null) void start();
  else stop();
});

openUploadBox({
  languages: chosenLanguages,
  began(file) {
    if (client !== null) stop();
    clear();
    waveform.load(file);
  },
  done(answer) {
    languages = answer.languages;
    showLegend();
    const words = answer.words.map((word) => ({ ...word, word: word.text }));
    transcript.whole(words, languages);
    chart.add(words, 0, languages.length);
    time.textContent = clock(answer.duration);
    offer(answer.transcript);
  },
});

showLegend();
// A browser knows mediaDevices only on pages that it trusts.
if (navigator.mediaDevices === undefined) {
  toggle.disabled = true;
  say('Browsers give a microphone only to pages of localhost and of https; recordings work here too.', true);
} else {
  void listMicrophones(devices);
  navigator.mediaDevices.addEventListener('devicechange', () => void listMicrophones(devices));
}
