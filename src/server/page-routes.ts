/** The page, from memory. It was bundled when diglot was built, and asks no other server for anything. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readFileSync } from 'node:fs';
import { TOKEN_COOKIE } from './access.ts';
import { RequestError } from './request-error.ts';

const folder = new URL('../../dist/page/', import.meta.url);

const files: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'pcm-worklet.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** wavesurfer.js puts its styles into the page by itself; recordings are played from memory. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export function pageRoutes(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(files)) {
    app.get(name === 'index.html' ? '/' : `/${name}`, (request, reply) => {
      if (hasTokenInAddress(request)) return keepToken(request, reply);
      return reply
        .type(type)
        .header('content-security-policy', POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .header('cache-control', 'no-cache')
        .send(read(name));
    });
  }
}

function hasTokenInAddress({ query }: FastifyRequest): boolean {
  return typeof (query as { token?: unknown }).token === 'string';
}

/** A token in the address would stand in the browser's history: it goes into a cookie, and the address loses it. */
function keepToken({ query }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { token } = query as { token: string };
  return reply
    .header('set-cookie', `${TOKEN_COOKIE}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`)
    .header('referrer-policy', 'no-referrer')
    .redirect('./');
}

function read(name: string): Buffer {
  try {
    return readFileSync(new URL(name, folder));
  } catch {
    throw new RequestError(503, 'no_page', 'The page was not built; `npm run build` in the folder of diglot does it.');
  }
}
