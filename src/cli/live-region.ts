/**
 * Lines at the foot of a terminal that are drawn over and over in place, while other text scrolls past above them.
 * Results on standard output go above them too, where both streams are terminals.
 */

export interface LiveRegion {
  /** Puts these lines in the place of the ones before. */
  readonly show: (lines: readonly string[]) => void;
  /** A line that stays, above the region. */
  readonly print: (line: string) => void;
  /** Takes the region away for good. */
  readonly close: () => void;
}

const wrapOff = '\u001b[?7l';
const wrapOn = '\u001b[?7h';
const clearBelow = '\u001b[J';
const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '');

/** @param stream Standard error. @param results Standard output, where it is a terminal as well; else `null`. */
export function openLiveRegion(stream: NodeJS.WriteStream, results: NodeJS.WriteStream | null): LiveRegion {
  let lines: readonly string[] = [];
  let drawnRows = 0;
  let resultsInMidLine = false;
  const erase = (): string => {
    const text = drawnRows === 0 ? '' : `\r${up(drawnRows - 1)}${clearBelow}`;
    drawnRows = 0;
    return text;
  };
  const draw = (): string => {
    if (lines.length === 0 || resultsInMidLine) return '';
    drawnRows = lines.length;
    return wrapOff + lines.join('\n') + wrapOn;
  };
  const put = (text: string): void => {
    if (text !== '') stream.write(text);
  };

  // Operators write results to the stream and know of no region, so the stream's own `write` makes room for them.
  const write = results?.write.bind(results) as ((...given: unknown[]) => boolean) | undefined;
  if (results !== null && write !== undefined) {
    results.write = (...given: unknown[]) => {
      put(erase());
      const taken = write(...given);
      const chunk = given[0] as string | Uint8Array;
      if (chunk.length > 0) resultsInMidLine = chunk.at(-1) !== '\n' && chunk.at(-1) !== 10;
      put(draw());
      return taken;
    };
  }
  return {
    show: (next) => {
      lines = next;
      put(erase() + draw());
    },
    print: (line) => put(`${erase()}${line}\n${draw()}`),
    close: () => {
      put(erase());
      lines = [];
      if (results !== null && write !== undefined) results.write = write;
    },
  };
}
