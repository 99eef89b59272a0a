/** Times as openai-whisper's writers print them (whisper/utils.py, `format_timestamp`). */

/** Whole milliseconds; halves go to the even neighbour, as Python rounds. @param seconds Below 0 counts as 0. */
export function milliseconds(seconds: number): number {
  const exact = Math.max(0, seconds * 1000);
  const floor = Math.floor(exact);
  if (exact - floor !== 0.5) return Math.round(exact);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * `01:23.456`, or `00:01:23,456` with hours.
 * @param decimal `.` for WebVTT, `,` for SubRip.
 */
export function timestamp(totalMilliseconds: number, alwaysHours: boolean, decimal: string): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = Math.floor(totalMilliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  const rest = `${two((seconds / 60) % 60)}:${two(seconds % 60)}${decimal}${String(totalMilliseconds % 1000).padStart(3, '0')}`;
  return alwaysHours || hours > 0 ? `${two(hours)}:${rest}` : rest;
}
