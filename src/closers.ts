/** What is to be closed when a run, or a chain made by hand, ends. */
export class Closers {
  private readonly callbacks: (() => void | Promise<void>)[] = [];
  private closed = false;

  /** Registers a callback. After the end it is called at once: what opened too late is closed all the same. */
  add(close: () => void | Promise<void>): void {
    if (this.closed) void close();
    else this.callbacks.push(close);
  }

  /** Calls every callback, last registered first, one after the other, and gives what they threw. */
  async close(): Promise<unknown[]> {
    this.closed = true;
    const thrown: unknown[] = [];
    for (let close = this.callbacks.pop(); close !== undefined; close = this.callbacks.pop()) {
      try {
        await close();
      } catch (error) {
        thrown.push(error);
      }
    }
    return thrown;
  }
}
