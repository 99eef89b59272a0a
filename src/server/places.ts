/** Places for work that is done a few at a time, and a line of bounded length for them: first come, first served. */

export interface Places {
  /** Those taken, and those who wait. */
  readonly taken: number;
  readonly waiting: number;
  /**
   * A place, when one is free. @returns Gives it back; null at once where the line is full.
   * @throws The signal's reason where it aborts while waiting.
   */
  take(signal: AbortSignal): Promise<(() => void) | null>;
}

export function openPlaces(limit: number, longestLine: number): Places {
  const line: (() => void)[] = [];
  let taken = 0;
  const free = (): (() => void) => {
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      taken -= 1;
      line.shift()?.();
    };
  };
  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return line.length;
    },
    async take(signal) {
      signal.throwIfAborted();
      if (taken >= limit) {
        if (line.length >= longestLine) return null;
        await new Promise<void>((resolve, reject) => {
          const leave = (): void => {
            line.splice(line.indexOf(enter), 1);
            reject(signal.reason as Error);
          };
          const enter = (): void => {
            signal.removeEventListener('abort', leave);
            taken += 1; // at once, or somebody who comes between would find the place free
            resolve();
          };
          line.push(enter);
          signal.addEventListener('abort', leave, { once: true });
        });
      } else taken += 1;
      return free();
    },
  };
}
