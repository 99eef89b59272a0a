/**
 * Who may use the server. Programs show a token where one is set. Web pages are let in by their origin: else any page
 * that somebody has open could talk to the server on their machine, and by a name that it lets point to 127.0.0.1 even
 * as if it were the server's own.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from './server-options.ts';
import { RequestError } from './request-error.ts';

export const TOKEN_COOKIE = 'diglot-token';

/** What is looked at of a request. */
export interface Credentials {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** Parameter `token` of the address. */
  readonly token: string | undefined;
}

export interface AccessRules {
  /** Where the server listens. */
  readonly host: string;
  readonly origins: readonly string[];
  readonly token: string | null;
}

/** @throws RequestError 403 for a host or an origin that is not the server's. */
export function checkOrigin({ host, origin }: Credentials, rules: AccessRules): void {
  const named = rules.origins.map((each) => new URL(each).host);
  if (isLoopback(rules.host) && !isLoopback(hostName(host)) && !named.includes(host ?? '')) {
    throw new RequestError(403, 'wrong_host', 'The server does not go by this name; ask for it as localhost.');
  }
  if (origin === undefined || rules.origins.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new RequestError(
    403,
    'wrong_origin',
    'Pages of this origin may not use the server; `diglot serve --origin` lets them.',
  );
}

/** @throws RequestError 401 where a token is asked for and not shown. */
export function checkToken(credentials: Credentials, { token }: AccessRules): void {
  if (token === null || shownTokens(credentials).some((shown) => isSame(shown, token))) return;
  throw new RequestError(
    401,
    'invalid_api_key',
    'The server asks for a token: "Authorization: Bearer TOKEN", or ?token=TOKEN where a header cannot be set.',
  );
}

function shownTokens({ authorization, cookie, token }: Credentials): string[] {
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  const kept = (cookie ?? '')
    .split(/; */)
    .find((each) => each.startsWith(`${TOKEN_COOKIE}=`))
    ?.slice(TOKEN_COOKIE.length + 1);
  return [bearer, token, kept === undefined ? undefined : decoded(kept)].filter((each) => each !== undefined);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** In a time that does not tell how much of it is right. */
function isSame(shown: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token));
}

/** `localhost` of `localhost:8000`, `[::1]` of `[::1]:8000`. */
function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').toLowerCase();
}
