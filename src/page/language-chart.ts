/** How probable the first language was while words went by: what the model thought, and the calibrator where there is one. */
import uPlot from 'uplot';
import type { SpokenWord } from '../server/messages.ts';
import { colour, findElement, onThemeChange } from './find-element.ts';
import { clock, shareOf } from './transcript-view.ts';

export interface LanguageChart {
  clear(): void;
  /** @param index Of the language among the declared ones. */
  add(words: readonly SpokenWord[], index: number, languages: number): void;
}

/** Seconds that are shown while it goes on. */
const WINDOW = 60;

const HEIGHT = 150;

export function openLanguageChart(): LanguageChart {
  const place = findElement('language', HTMLDivElement);
  const legend = findElement('external-legend', HTMLLIElement);
  let times: number[] = [];
  let internal: (number | null)[] = [];
  let external: (number | null)[] = [];
  let shows: 'end' | 'all' = 'end';
  let chart = draw();
  onThemeChange(() => {
    chart.destroy();
    chart = draw();
  });
  new ResizeObserver(() => {
    if (place.clientWidth !== chart.width && place.clientWidth > 0) {
      chart.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  }).observe(place);

  function draw(): uPlot {
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { show: false } };
    const line = { width: 2, points: { show: false }, spanGaps: false };
    return new uPlot(
      {
        width: Math.max(200, place.clientWidth),
        height: HEIGHT,
        cursor: { show: false },
        legend: { show: false },
        scales: { x: { time: false, range: rangeOf }, y: { range: [-0.04, 1.04] } },
        axes: [
          { ...axis, size: 28, values: (_, ticks) => ticks.map(clock) },
          { ...axis, size: 36, splits: [0, 0.5, 1] },
        ],
        series: [{}, { ...line, stroke: colour('--c0') }, { ...line, stroke: colour('--c1'), dash: [6, 4] }],
      },
      [times, internal, external],
      place,
    );
  }

  function rangeOf(): uPlot.Range.MinMax {
    const end = times.at(-1) ?? 0;
    if (shows === 'all') return [0, Math.max(5, end)];
    return [Math.max(0, end - WINDOW), Math.max(10, end)];
  }

  return {
    clear() {
      [times, internal, external] = [[], [], []];
      legend.hidden = true;
      chart.setData([times, internal, external]);
    },
    add(words, index, languages) {
      shows = words.length > 40 ? 'all' : 'end';
      for (const word of words) {
        const last = times.at(-1) ?? -1;
        const q = shareOf(word.external, index, languages);
        if (q !== null) legend.hidden = false;
        // A level from the word's beginning to its end; nothing between words that are apart.
        const a = shareOf(word.internal, index, languages);
        const start = Math.max(last + 1e-3, word.start);
        const end = Math.max(start + 1e-3, word.end);
        times.push(start, end, end + 5e-4);
        internal.push(a, a, null);
        external.push(q, q, null);
      }
      chart.setData([times, internal, external]);
    },
  };
}
