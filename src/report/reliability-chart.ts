/** Reliability of probabilities: how often what was held for p probable was right, a dot for each bin of p. */
import { calibrationOf } from '../scoring/calibration.ts';
import type { CalibrationCounts } from '../score-counts.ts';
import type { Axis } from './axis.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './html.ts';
import { counted, percent } from './numbers.ts';
import { pixel, plot } from './plot.ts';

const share = (label: string): Axis => ({
  from: 0,
  to: 1,
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  label,
  show: (value) => String(100 * value).slice(0, 3),
});

/** @returns Null where nothing was decided. */
export function reliabilityChart(title: string, counts: CalibrationCounts): Markup | null {
  const { decisions, accuracy, expectedCalibrationError, negativeLogLikelihood } = calibrationOf(counts);
  if (decisions === 0) return null;
  const bins = counts.decisions.flatMap((count, bin) =>
    count === 0 ? [] : [{ count, confidence: counts.confidence[bin]! / count, accuracy: counts.correct[bin]! / count }],
  );
  const picture = plot('Chart: right, % over said, %', share('said, %'), share('right, %'), ({ x, y }) => [
    html`<path class="ideal" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" />`,
    bins.map(
      (bin) =>
        html`<g class="line-0"
          ><line
            class="gap"
            x1="${x(bin.confidence)}"
            x2="${x(bin.confidence)}"
            y1="${y(bin.confidence)}"
            y2="${y(bin.accuracy)}" /><circle
            class="dot"
            cx="${x(bin.confidence)}"
            cy="${y(bin.accuracy)}"
            r="${radius(bin.count / decisions)}"
        /></g>`,
    ),
  ]);
  const summary = html`<p class="note">
    ${counted(decisions, 'decision')}, ${percent(accuracy)} right; expected calibration error
    ${percent(expectedCalibrationError)}; negative log-likelihood ${(negativeLogLikelihood ?? 0).toFixed(3)} nat
  </p>`;
  return figure(
    title,
    html`${picture}${summary}`,
    ['said', 'right', 'decisions'],
    bins.map((bin) => [percent(bin.confidence), percent(bin.accuracy), String(bin.count)]),
  );
}

/** Pixels: the area tells the share of the decisions, and the smallest can still be seen. */
function radius(part: number): number {
  return pixel(2.5 + 11 * Math.sqrt(part));
}
