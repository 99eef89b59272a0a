/** The page's end of a live session. Messages are those of src/server/messages.ts, and checked by it. */
import { serverEvent, type ClientMessage, type ServerEvent } from '../server/messages.ts';

export interface LiveClient {
  hear(chunk: ArrayBuffer): void;
  /** No more audio comes; the last texts follow. */
  end(): void;
  /** Resolves when the connection is closed, with the reason where it was not wished for. */
  readonly closed: Promise<string | null>;
}

/** Bytes that may wait for the network. What comes then is left out: a live session has no use for old audio. */
const MOST_WAITING = 4 * 2 ** 20;

/** @param languages Codes of those that may be spoken. */
export function openLiveClient(
  sampleRate: number,
  languages: readonly string[],
  take: (event: ServerEvent) => void,
): LiveClient {
  const address = new URL('v1/live', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  const say = (message: ClientMessage): void => socket.send(JSON.stringify(message));
  let ended = false;
  let wrong: string | null = null;
  socket.onopen = () => say({ type: 'start', sampleRate, encoding: 'pcm16', languages: [...languages] });
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    const event = serverEvent.parse(JSON.parse(data));
    if (event.type === 'error') wrong = event.message;
    if (event.type === 'ended') ended = true;
    take(event);
  };
  const closed = new Promise<string | null>((resolve) => {
    socket.onclose = ({ code }) => resolve(wrong ?? (code === 1000 ? null : 'The connection to the server was lost.'));
  });
  return {
    hear(chunk) {
      if (!ended && socket.readyState === socket.OPEN && socket.bufferedAmount < MOST_WAITING) socket.send(chunk);
    },
    end() {
      if (ended) return;
      ended = true;
      if (socket.readyState === socket.OPEN) say({ type: 'end' });
      else socket.close();
    },
    closed,
  };
}
