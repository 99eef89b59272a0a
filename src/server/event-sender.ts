/**
 * Events to a client that may read slowly, or not at all. Texts go one after the other, each when the one before has left
 * the process: until then the session holds back what follows, and lets go of what the next has taken the place of. What
 * a meter shows is left out while others wait. Who reads nothing for too long is taken for gone.
 */
import type { WebSocket } from 'ws';
import type { ServerEvent } from './messages.ts';
import type { Metrics } from './metrics.ts';

export interface EventSender {
  /** Resolves when the event has left, or the connection is closed. Never rejects. */
  send(event: ServerEvent): Promise<void>;
  /** Sends an event that has no worth behind the next: not while others wait. */
  pass(event: ServerEvent): void;
  /** Sends the last event and closes. */
  last(event: ServerEvent, closeCode: number): void;
}

export interface SenderLimits {
  /** Bytes that may wait before passing events are left out. */
  readonly waitingBytes: number;
  /** Seconds that one event may wait. */
  readonly idleSeconds: number;
}

export function eventSender(
  socket: WebSocket,
  { waitingBytes, idleSeconds }: SenderLimits,
  metrics: Pick<Metrics, 'event'>,
): EventSender {
  const send = (event: ServerEvent): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      const gone = setTimeout(() => socket.terminate(), 1000 * idleSeconds).unref();
      socket.send(JSON.stringify(event), () => {
        clearTimeout(gone);
        resolve();
      });
      metrics.event(event.type, true);
    });
  return {
    send,
    pass(event) {
      if (socket.bufferedAmount <= waitingBytes) void send(event);
      else metrics.event(event.type, false);
    },
    last(event, closeCode) {
      void send(event);
      socket.close(closeCode, event.type === 'error' ? event.code : '');
    },
  };
}
