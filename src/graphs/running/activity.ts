/**
 * What keeps a graph going by itself: promises of operators, pulls that are due, armed timers. When none is left and the
 * graph has not ended, nothing will ever happen again: a deadlock.
 */
export class Activity {
  private pending = 0;
  private readonly quiet: () => void;

  /** @param quiet Called whenever the last activity has ended; it may begin a new one. */
  constructor(quiet: () => void) {
    this.quiet = quiet;
  }

  get idle(): boolean {
    return this.pending === 0;
  }

  begin(): void {
    this.pending += 1;
  }

  /** To be called after all consequences of the activity have been carried out. */
  end(): void {
    this.pending -= 1;
    if (this.pending === 0) this.quiet();
  }
}
