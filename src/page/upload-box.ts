/** The box for recordings: how much has been sent, that it is being recognised, and what came of it. */
import type { z } from 'zod';
import { errorAnswer, verboseAnswer } from '../server/messages.ts';
import { findElement } from './find-element.ts';
import { clock } from './transcript-view.ts';

export type Answer = z.output<typeof verboseAnswer>;

export interface UploadHandlers {
  /** Codes of the languages that may be spoken. */
  readonly languages: () => readonly string[];
  /** A recording was chosen; the page makes room for it. */
  readonly began: (file: File) => void;
  readonly done: (answer: Answer) => void;
}

export function openUploadBox({ languages, began, done }: UploadHandlers): void {
  const drop = findElement('drop', HTMLLabelElement);
  const input = findElement('file', HTMLInputElement);
  const box = findElement('upload', HTMLDivElement);
  const bar = findElement('progress', HTMLProgressElement);
  const state = findElement('upload-state', HTMLParagraphElement);
  const cancel = findElement('cancel', HTMLButtonElement);
  let request: XMLHttpRequest | null = null;

  input.addEventListener('change', () => {
    if (input.files?.[0] !== undefined) send(input.files[0]);
    input.value = '';
  });
  for (const name of ['dragenter', 'dragover'] as const) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) send(file);
  });
  cancel.addEventListener('click', () => request?.abort());

  function send(file: File): void {
    request?.abort();
    began(file);
    const form = new FormData();
    for (const [name, value] of [
      ['model', 'whisper-1'],
      ['language', languages().join(',')],
      ['response_format', 'verbose_json'],
      ['timestamp_granularities[]', 'word'],
      ['timestamp_granularities[]', 'segment'],
    ] as const) {
      form.append(name, value);
    }
    form.append('file', file, file.name);
    box.hidden = false;
    cancel.hidden = false;
    const since = performance.now();
    // XMLHttpRequest, because fetch does not tell how much has been sent.
    const mine = new XMLHttpRequest();
    request = mine;
    let ticking: ReturnType<typeof setInterval> | undefined;
    const over = (message: string): void => {
      clearInterval(ticking);
      if (request !== mine) return;
      request = null;
      cancel.hidden = true;
      bar.value = 1;
      state.textContent = message;
    };
    mine.upload.onprogress = ({ loaded, total }) => {
      bar.value = loaded / total;
      state.textContent = `Sending ${file.name}: ${Math.round((100 * loaded) / total)} %`;
    };
    mine.upload.onload = () => {
      bar.removeAttribute('value');
      ticking = setInterval(() => {
        state.textContent = `Recognising ${file.name}, since ${clock((performance.now() - since) / 1000)}`;
      }, 500);
    };
    mine.onload = () => {
      if (mine.status !== 200) return over(reasonOf(mine.responseText));
      const answer = verboseAnswer.parse(JSON.parse(mine.responseText));
      const seconds = (performance.now() - since) / 1000;
      over(`${file.name}: ${clock(answer.duration)} of audio in ${seconds.toFixed(1)} s.`);
      done(answer);
    };
    mine.onerror = () => over('The connection to the server was lost.');
    mine.onabort = () => over('Cancelled.');
    mine.open('POST', 'v1/audio/transcriptions');
    mine.send(form);
  }
}

function reasonOf(body: string): string {
  try {
    return errorAnswer.parse(JSON.parse(body)).error.message;
  } catch {
    return 'The server failed at this recording.';
  }
}
