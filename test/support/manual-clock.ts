/** A clock that a test moves by hand. */
import type { Clock } from '../../src/graphs/running/clock.ts';

export class ManualClock implements Clock {
  private seconds = 0;
  private timers: { readonly due: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.seconds;
  }

  after(seconds: number, callback: () => void): () => void {
    const timer = { due: this.seconds + seconds, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.timers.length;
  }

  /** Lets time pass, and calls what becomes due, in its order. */
  advance(seconds: number): void {
    const end = this.seconds + seconds;
    for (;;) {
      const [next] = this.timers.filter(({ due }) => due <= end).sort((one, other) => one.due - other.due);
      if (next === undefined) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.seconds = next.due;
      next.callback();
    }
    this.seconds = end;
  }
}

/** Lets promises and immediates run, `turns` times round the event loop. */
export async function settle(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
