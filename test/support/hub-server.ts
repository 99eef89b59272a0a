/** A Hugging Face hub on 127.0.0.1 that misbehaves on request. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubServer {
  readonly host: string;
  /** `METHOD path [range]` of every request. */
  readonly requests: string[];
  /** Files by `owner/name/resolve/main/file`; those of `large` are redirected to storage, as LFS files are. */
  readonly files: Map<string, Buffer>;
  readonly large: Set<string>;
  /** GETs that break off after so many bytes, one after another. */
  readonly breaks: number[];
  /** How many bytes the client has in hand: a connection breaks off when all that was sent is. */
  arrived: () => number;
  /** States this hash for every file. */
  wrongHash: string | null;
  close(): Promise<void>;
}

export async function startHub(): Promise<HubServer> {
  const hub = {
    requests: [] as string[],
    files: new Map<string, Buffer>(),
    large: new Set<string>(),
    breaks: [] as number[],
    arrived: () => Infinity,
    wrongHash: null as string | null,
  };

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = (request.url ?? '/').slice(1);
    const range = request.headers.range;
    hub.requests.push([request.method, url, range].filter((part) => part !== undefined).join(' '));
    const path = url.replace(/^storage\//, '');
    const content = hub.files.get(path);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (hub.large.has(path) && path === url) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      response.writeHead(302, {
        location: `/storage/${path}`,
        'x-linked-etag': `"${hub.wrongHash ?? sha256}"`,
        'x-linked-size': content.length,
      });
      response.end();
      return;
    }
    const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start > 0 && start >= content.length) {
      response.writeHead(416).end();
      return;
    }
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': content.length - start,
      etag: `"${hub.wrongHash ?? blob}"`,
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const limit = path === url ? undefined : hub.breaks.shift();
    if (limit === undefined) response.end(content.subarray(start));
    else {
      response.write(content.subarray(start, start + limit));
      // A client may throw away what it has not looked at when the connection breaks.
      const breakOff = () => (hub.arrived() >= start + limit ? response.destroy() : setTimeout(breakOff, 2));
      breakOff();
    }
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(hub, {
    host: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
