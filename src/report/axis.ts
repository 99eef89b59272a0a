/** The scale of a chart: from values to places, with round numbers to mark. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly label: string;
  readonly show: (value: number) => string;
}

/**
 * An axis that covers the values and begins and ends at a mark.
 * @param marks About how many marks there shall be, at least 2.
 */
export function axisOver(values: readonly number[], label: string, show: Axis['show'], marks = 5): Axis {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite, 0);
  const high = Math.max(...finite, Number.MIN_VALUE);
  const step = roundStep((high - low) / marks);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
  return { from: ticks[0]!, to: ticks.at(-1)!, ticks, label, show };
}

/** The share of the axis at which a value stands: 0 at its beginning, 1 at its end; never outside. */
export function shareOf(value: number, { from, to }: Pick<Axis, 'from' | 'to'>): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** The least of 1, 2, 2.5, 5 times a power of ten that is not below `step`. */
function roundStep(step: number): number {
  if (!(step > 1e-300)) return 1;
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 2.5, 5].find((each) => each * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}
