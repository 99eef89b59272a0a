/** Gives out leases, never more than `limit` at once: one for each source, and one for each `expand` in a graph's midst. */
import { type Issuer, Lease } from './lease.ts';

export class Credits implements Issuer {
  /** Leases that have not closed. */
  open = 0;
  readonly limit: number;
  private readonly onClosed: (lease: Lease) => void;
  private wake: (() => void) | null = null;

  constructor(limit: number, onClosed: (lease: Lease) => void) {
    this.limit = limit;
    this.onClosed = onClosed;
  }

  get available(): boolean {
    return this.open < this.limit;
  }

  /** @param parents Shares that the new lease takes over: the input's, for a record derived by an `expand`. */
  issue(parents: readonly Lease[]): Lease {
    this.open += 1;
    return new Lease(this, parents);
  }

  /** Calls back once when a lease has closed. */
  whenAvailable(wake: () => void): void {
    this.wake = wake;
  }

  closed(lease: Lease): void {
    this.open -= 1;
    this.onClosed(lease);
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
