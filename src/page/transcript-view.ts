/** The transcript: final words that stay, behind them the partial ones. Words have the colours of their languages. */
import type { SpokenWord, TextEvent } from '../server/messages.ts';
import { findElement } from './find-element.ts';

export interface TranscriptView {
  clear(): void;
  /** @param languages The declared ones, in the order of the words' probabilities. */
  show(event: TextEvent, languages: readonly string[]): void;
  gap(start: number, duration: number): void;
  /** A whole transcript, as of a recording. */
  whole(words: readonly SpokenWord[], languages: readonly string[]): void;
}

/** Probability below which a word is marked. */
const UNSURE = 0.5;

const names: Readonly<Record<string, string>> = { zh: 'Mandarin', en: 'English', other: 'no language' };

export function languageName(code: string): string {
  return names[code] ?? code;
}

export function openTranscript(): TranscriptView {
  const list = findElement('transcript', HTMLDivElement);
  const note = findElement('word', HTMLParagraphElement);
  const hint = note.textContent;
  const partial = document.createElement('span');
  partial.className = 'partial';
  // What may still change is not read aloud: only what stands.
  partial.setAttribute('aria-live', 'off');
  let paragraph: HTMLParagraphElement | null = null;
  let utterance = -1;

  list.addEventListener('pointerover', ({ target }) => choose(target as HTMLElement));
  list.addEventListener('click', ({ target }) => choose(target as HTMLElement));
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const words = [...list.querySelectorAll<HTMLElement>('.spoken')];
    const at = words.findIndex((word) => word.classList.contains('chosen'));
    const next = words[Math.max(0, Math.min(words.length - 1, at < 0 && step < 0 ? words.length - 1 : at + step))];
    if (next === undefined) return;
    choose(next);
    next.scrollIntoView({ block: 'nearest' });
  });

  function choose(element: HTMLElement): void {
    if (!element.classList.contains('spoken')) return;
    list.querySelector('.chosen')?.classList.remove('chosen');
    element.classList.add('chosen');
    note.textContent = element.title;
  }

  function into(id: number): HTMLParagraphElement {
    if (paragraph === null || utterance !== id) {
      paragraph = document.createElement('p');
      list.append(paragraph);
      utterance = id;
    }
    return paragraph;
  }

  function keepAtEnd(change: () => void): void {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    change();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  return {
    clear() {
      list.replaceChildren();
      partial.replaceChildren();
      note.textContent = hint;
      paragraph = null;
      utterance = -1;
    },
    show({ type, utterance: id, words }, languages) {
      const spans = words.map((word) => wordSpan(word, languages));
      keepAtEnd(() => {
        if (type === 'partial') partial.replaceChildren(...spans);
        else {
          partial.replaceChildren();
          if (spans.length > 0) into(id).append(...spans);
        }
        if (type === 'partial' && spans.length > 0) into(id).append(partial);
      });
    },
    gap(start, duration) {
      const line = document.createElement('p');
      line.className = 'gap';
      line.textContent = `[${duration.toFixed(1)} s were not heard from ${clock(start)} on]`;
      keepAtEnd(() => list.append(line));
      paragraph = null;
    },
    whole(words, languages) {
      into(0).append(...words.map((word) => wordSpan(word, languages)));
    },
  };
}

function wordSpan(word: SpokenWord, languages: readonly string[]): HTMLSpanElement {
  const span = document.createElement('span');
  const { probability, language } = word;
  span.className = `spoken ${language === 'zh' || language === 'en' ? language : 'other'}`;
  if (language !== 'other') span.lang = language;
  if (probability < UNSURE) span.classList.add('unsure');
  span.textContent = word.word;
  span.title = describe(word, languages);
  return span;
}

function describe(
  { word, start, end, probability, language, internal, external }: SpokenWord,
  languages: readonly string[],
): string {
  const share = (probabilities: readonly number[] | null): string[] => {
    const p = shareOf(probabilities, 0, languages.length);
    return p === null ? [] : [p.toFixed(2)];
  };
  const first = languageName(languages[0] ?? '');
  return [
    `“${word.trim()}”`,
    languageName(language),
    `${Math.round(100 * probability)} % sure`,
    `${start.toFixed(1)}–${end.toFixed(1)} s`,
    ...share(internal).map((p) => `p(${first}) ${p}`),
    ...share(external).map((p) => `calibrated ${p}`),
  ].join(', ');
}

/** Probability of one language among the declared ones, without what belongs to none; null where nothing is known. */
export function shareOf(probabilities: readonly number[] | null, index: number, languages: number): number | null {
  if (probabilities === null || probabilities.length < languages) return null;
  const declared = probabilities.slice(0, languages).reduce((sum, p) => sum + p, 0);
  return declared > 0 ? probabilities[index]! / declared : null;
}

/** `1:05` for 65 s. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
