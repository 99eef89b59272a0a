/** What a sweep has found: which setting is best, and curves of the rate over the weight, for people to see. */
import type { WeightSetting } from '../records.ts';

export const rateOf = ({ errors, units }: WeightSetting): number => (units === 0 ? 0 : errors / units);

/** The one with the fewest errors; of equal ones that with the smaller weight, then the first. */
export function bestSetting(settings: readonly WeightSetting[]): WeightSetting | undefined {
  const isBetter = (one: WeightSetting, other: WeightSetting): boolean =>
    one.errors < other.errors || (one.errors === other.errors && one.weight < other.weight);
  return settings.reduce<WeightSetting | undefined>(
    (best, one) => (best === undefined || isBetter(one, best) ? one : best),
    undefined,
  );
}

/** Settings that differ in the weight alone, by rising weight, under the name of what they have in common. */
export function sweptCurves(settings: readonly WeightSetting[]): ReadonlyMap<string, readonly WeightSetting[]> {
  const curves = new Map<string, WeightSetting[]>();
  for (const setting of settings) {
    const { rescore, otherPolicy, fragmentPolicy, lengthPenalty, scoreWeights } = setting;
    const policies = [otherPolicy === 'neutral' ? 'neutral' : '', fragmentPolicy === 'once' ? 'once' : ''];
    const length = lengthPenalty === null ? '' : `length ${lengthPenalty}`;
    const name = [rescore, ...policies, length, ...scoreWeights].filter((part) => part !== '').join(', ');
    const curve = curves.get(name);
    if (curve === undefined) curves.set(name, [setting]);
    else curve.push(setting);
  }
  for (const curve of curves.values()) curve.sort((a, b) => a.weight - b.weight);
  return curves;
}

const bars = '▁▂▃▄▅▆▇█';
/** Columns of a terminal that a curve may take. */
const widest = 48;

/** The curves as lines of text, each a bar for a weight, all on one scale; the best weight of each is named behind it. */
export function drawCurves(settings: readonly WeightSetting[]): string[] {
  const curves = [...sweptCurves(settings)];
  const rates = settings.map(rateOf);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const width = Math.max(...curves.map(([name]) => name.length));
  const percent = (rate: number): string => `${(100 * rate).toFixed(2)} %`;
  return curves.map(([name, curve]) => {
    const each = Math.max(1, Math.ceil(curve.length / widest));
    const drawn = curve
      .filter((_, at) => at % each === 0)
      .map((setting) => bars[Math.round(((rateOf(setting) - least) / Math.max(1e-12, most - least)) * 7)]!)
      .join('');
    const best = bestSetting(curve)!;
    const range = `${curve[0]!.weight} to ${curve.at(-1)!.weight}`;
    return `${name.padEnd(width)}  ${drawn}  ${range}, best ${percent(rateOf(best))} at ${best.weight}`;
  });
}
