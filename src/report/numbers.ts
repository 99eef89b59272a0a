/** Numbers as a report writes them. What cannot be told (a rate over nothing) is a dash. */

const MISSING = '–';

/** A share as `21.4 %`; shares above 1 are possible, because insertions count as errors. */
export function percent(share: number | null): string {
  return share === null ? MISSING : `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares in points, with its sign: `−3.4`. */
export function points(difference: number | null): string {
  if (difference === null) return MISSING;
  const shown = (100 * Math.abs(difference)).toFixed(1);
  return shown === '0.0' ? shown : `${difference < 0 ? '−' : '+'}${shown}`;
}

interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/** `19.0 to 23.9`, in percent. */
export function percentInterval({ low, high }: Bounds): string {
  return low === null || high === null ? MISSING : `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
}

/** `−5.1 to −1.7`, in points. */
export function pointsInterval({ low, high }: Bounds): string {
  return low === null || high === null ? MISSING : `${points(low)} to ${points(high)}`;
}

/** A mean of natural logarithms: `0.312`. */
export function nat(mean: number | null): string {
  return mean === null ? MISSING : mean.toFixed(3);
}

/** The p-value of a resampling test. */
export function pValue(p: number | null): string {
  if (p === null) return MISSING;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** `1 error`, `1,234 errors`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A whole number with commas between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
