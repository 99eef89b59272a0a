/**
 * What `diglot live` shows. Texts go to standard output, a line for each utterance, when they are final. On a terminal a
 * line below is drawn anew as the utterance grows: what is final in the colours of the languages, what may still change
 * dim, and a meter before it. Pure functions but for `openScreen`.
 */
import type { AnyRecord, FinalText, LiveWord, PartialText } from '../records.ts';
import { openLiveRegion } from './live-region.ts';
import { paint, paintResult } from './paint.ts';

type Paint = (text: string) => string;

/** Colours in the order of the declared languages; what belongs to none is left plain. */
const ofLanguages = (paints: Record<'yellow' | 'cyan' | 'magenta' | 'green', Paint>): readonly Paint[] => [
  paints.yellow,
  paints.cyan,
  paints.magenta,
  paints.green,
];

/** Words with each run of a language in its colour. */
export function coloured(words: readonly LiveWord[], languages: readonly string[], paints: readonly Paint[]): string {
  let text = '';
  let run = '';
  let language = '';
  const close = (): void => {
    const at = languages.indexOf(language);
    text += (at < 0 ? undefined : paints[at % paints.length])?.(run) ?? run;
    run = '';
  };
  for (const word of words) {
    // Punctuation and digits go with what they follow.
    if (word.language !== language && languages.includes(word.language)) {
      close();
      language = word.language;
    }
    run += word.word;
  }
  close();
  return text;
}

const bars = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One character for a level: blank from -60 decibels down, full from -12 up. */
export function meter(level: number): string {
  const share = Math.min(1, Math.max(0, (level + 60) / 48));
  return bars[Math.round(share * (bars.length - 1))]!;
}

/** Columns that a text takes: Chinese characters, kana, Hangul and full forms take two. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, each) => sum + (/[ᄀ-ᅟ⺀-꓏가-힣豈-﫿＀-｠￠-￦]/u.test(each) ? 2 : 1), 0);
}

/** The last words that fit into so many columns. */
export function lastWords<T extends { readonly word: string }>(words: readonly T[], columns: number): readonly T[] {
  let width = 0;
  let from = words.length;
  while (from > 0 && width + widthOf(words[from - 1]!.word) <= columns) width += widthOf(words[--from]!.word);
  return words.slice(from);
}

/** What the screen knows of the session. */
export interface LiveState {
  readonly level: number;
  readonly speaking: boolean;
  readonly lag: number;
  /** Final words of the utterance that is spoken, and those that may still change. */
  readonly final: readonly LiveWord[];
  readonly open: readonly LiveWord[];
  readonly languages: readonly string[];
  /** Seconds from the end of the last word to its being shown; null before the first. */
  readonly latency: number | null;
}

export const silent: LiveState = {
  level: -100,
  speaking: false,
  lag: 0,
  final: [],
  open: [],
  languages: [],
  latency: null,
};

/** The state behind a record, and the utterance that has ended with it. */
export function advance(state: LiveState, record: AnyRecord): { state: LiveState; ended: readonly LiveWord[] | null } {
  if (record.kind === 'activity') {
    const { level, speaking, lag } = record;
    return { state: { ...state, level, speaking, lag }, ended: null };
  }
  if (record.kind === 'partial') return { state: { ...said(state, record), open: record.words }, ended: null };
  if (record.kind !== 'final') return { state, ended: null };
  const final = [...state.final, ...record.words];
  const next = { ...said(state, record), open: [] };
  if (record.endsUtterance) return { state: { ...next, final: [] }, ended: final };
  return { state: { ...next, final }, ended: null };
}

function said(state: LiveState, { words, languages, emittedAt }: PartialText | FinalText): LiveState {
  const end = words.at(-1)?.end;
  return { ...state, languages, latency: end === undefined ? state.latency : emittedAt - end };
}

/** `▆ 0.7 s  Yesterday was 星期一 today`, cut at its beginning to the width of the terminal. */
export function liveLine(state: LiveState, columns: number): string {
  const { level, speaking, lag, final, open, languages, latency } = state;
  const light = speaking ? paint.green(meter(level)) : paint.dim(meter(level));
  const seconds = latency === null ? '     ' : `${Math.max(0, latency).toFixed(1)} s`;
  const late = lag > 2 ? ` ${lag.toFixed(0)} s behind` : '';
  const room = Math.max(10, columns - 2 - seconds.length - late.length - 3);
  const shown = lastWords([...final, ...open], room);
  const openFrom = Math.max(0, shown.length - open.length);
  const text = coloured(shown.slice(0, openFrom), languages, ofLanguages(paint));
  const rest = shown
    .slice(openFrom)
    .map(({ word }) => word)
    .join('');
  return `${light} ${paint.dim(seconds)}${paint.red(late)}  ${text}${paint.dim(rest)}`;
}

export interface Screen {
  readonly take: (record: AnyRecord) => void;
  readonly note: (message: string) => void;
  readonly close: () => void;
}

/** @param quiet Neither notes nor the line that is drawn anew. */
export function openScreen(quiet: boolean): Screen {
  const { stdout, stderr } = process;
  const region = stderr.isTTY && !quiet ? openLiveRegion(stderr, stdout.isTTY ? stdout : null) : null;
  let state = silent;
  return {
    take(record) {
      const next = advance(state, record);
      state = next.state;
      if (next.ended !== null && next.ended.length > 0) {
        const words = next.ended.map((word, at) => (at === 0 ? { ...word, word: word.word.trimStart() } : word));
        stdout.write(`${coloured(words, state.languages, ofLanguages(paintResult))}\n`);
      }
      if (record.kind === 'gap' && !quiet) {
        const { start, duration } = record.gap;
        const message = `${duration.toFixed(2)} s of audio were lost at ${start.toFixed(2)} s`;
        if (region === null) stderr.write(`${message}\n`);
        else region.print(paint.red(message));
      }
      region?.show([liveLine(state, stderr.columns)]);
    },
    note(message) {
      if (quiet) return;
      if (region === null) stderr.write(`${message}\n`);
      else region.print(paint.dim(message));
    },
    close: () => region?.close(),
  };
}
