/** Counts and times of one node. The clock is read when work starts and when none is left, not at every record in work. */
import type { Clock } from './clock.ts';
import type { NodeStatus } from '../report.ts';

export class Meter {
  taken = 0;
  given = 0;
  errors = 0;
  dropped = 0;
  /** Inputs that came to an end here, whichever. */
  ended = 0;
  active = 0;
  waiting = 0;
  held = 0;
  private readonly clock: Clock;
  private started: number | null = null;
  private stopped: number | null = null;
  private busySince = 0;
  private busySeconds = 0;
  private blockedSince: number | null = null;
  private blockedSeconds = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** All operators are open: from here on the node may starve. */
  start(): void {
    this.started = this.clock.now();
  }

  /** A record goes into work. */
  begin(): void {
    if (this.active === 0) this.busySince = this.clock.now();
    this.active += 1;
  }

  /** A record comes out of work. */
  end(): void {
    this.active -= 1;
    if (this.active === 0) this.busySeconds += this.clock.now() - this.busySince;
  }

  /** The node could go on, but all leases are out. */
  block(): void {
    this.blockedSince ??= this.clock.now();
  }

  unblock(): void {
    if (this.blockedSince !== null) this.blockedSeconds += this.clock.now() - this.blockedSince;
    this.blockedSince = null;
  }

  /** The node has ended: from here on it does not starve any more. */
  stop(): void {
    this.unblock();
    this.stopped ??= this.clock.now();
  }

  status(id: string, operator: string): NodeStatus {
    const now = this.stopped ?? this.clock.now();
    const started = this.started ?? now;
    const busySeconds = this.busySeconds + (this.active > 0 ? now - this.busySince : 0);
    const blockedSeconds = this.blockedSeconds + (this.blockedSince === null ? 0 : now - this.blockedSince);
    return {
      id,
      operator,
      taken: this.taken,
      given: this.given,
      errors: this.errors,
      dropped: this.dropped,
      active: this.active,
      waiting: this.waiting,
      held: this.held,
      busySeconds,
      blockedSeconds,
      starvedSeconds: Math.max(0, now - started - busySeconds - blockedSeconds),
    };
  }
}
