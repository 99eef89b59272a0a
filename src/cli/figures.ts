/** Figures as people read them: counts, clock times, sizes, shares. All pure, none depends on the locale. */

/** `1234567` -> `1,234,567`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Seconds -> `0:07`, `12:30`, `3:05:00`; part seconds are cut off. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** Three significant places where they matter: `0.42`, `3.1`, `24`, `1,250`. */
export function rateText(rate: number): string {
  if (rate >= 99.95) return countText(rate);
  return rate >= 9.95 ? rate.toFixed(0) : rate >= 0.995 ? rate.toFixed(1) : rate.toFixed(2);
}

/** Bytes -> `812 B`, `4.1 kB`, `1.5 GB` (powers of 1,000). */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** A share from 0 to 1 -> `7 %`. Never says 100 % of what is not whole, nor 0 % of what is not nothing. */
export function percentText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 100 && share < 1) return '99 %';
  if (percent === 0 && share > 0) return '1 %';
  return `${percent} %`;
}

/** `1 record`, `2 records`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
