/** A client of live sessions, as its author would write one from docs/server.md. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { serverEvent, type EventOf, type ServerEvent } from '../../src/server/messages.ts';

export interface LiveTalk {
  readonly socket: WebSocket;
  readonly events: readonly ServerEvent[];
  /** The next event of that type, also one that has come and was not asked for. */
  next<T extends ServerEvent['type']>(type: T): Promise<EventOf<T>>;
  /** Code by which the server closed the connection. */
  readonly closed: Promise<number>;
}

/** @param start Sent first; null says nothing. */
export async function talkLive(url: string, start: object | null, options: object = {}): Promise<LiveTalk> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`, options);
  const events: ServerEvent[] = [];
  const given = new Map<string, number>();
  let isClosed = false;
  let heard: () => void = () => undefined;
  socket.on('message', (data: Buffer) => {
    events.push(serverEvent.parse(JSON.parse(data.toString())));
    heard();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      isClosed = true;
      heard();
      resolve(code);
    });
  });
  await Promise.race([once(socket, 'open'), closed]);
  if (start !== null) socket.send(JSON.stringify({ type: 'start', ...start }));
  return {
    socket,
    events,
    async next<T extends ServerEvent['type']>(type: T) {
      for (;;) {
        const all = events.filter((event): event is EventOf<T> => event.type === type);
        const event = all[given.get(type) ?? 0];
        if (event !== undefined) {
          given.set(type, (given.get(type) ?? 0) + 1);
          return event;
        }
        if (isClosed) throw new Error(`The connection ended without "${type}": ${JSON.stringify(events.at(-1))}`);
        await new Promise<void>((resolve) => (heard = resolve));
      }
    },
    closed,
  };
}

/** Seconds of silence as pcm16. */
export function silence(seconds: number, sampleRate = 16_000): Buffer {
  return Buffer.alloc(2 * Math.round(seconds * sampleRate));
}
