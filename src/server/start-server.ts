/** Opens the server: access, routes, limits, and an end that finishes what is under way. */
import multipart from '@fastify/multipart';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { UsageError } from '../errors.ts';
import { openSession } from '../graphs/open-session.ts';
import { versions, VERSION } from '../tables/provenance.ts';
import type { ComputePrecision } from '../whisper/weights.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { checkOrigin, checkToken, type Credentials } from './access.ts';
import { openKeptTranscripts } from './kept-transcripts.ts';
import { openLiveSessions } from './live-sessions.ts';
import { serveLive } from './live-socket.ts';
import { openMetrics } from './metrics.ts';
import { openaiRoutes } from './openai-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { openPlaces } from './places.ts';
import { requestErrorOf, RequestError, sendError } from './request-error.ts';
import { isLoopback, type ServerOptions } from './server-options.ts';
import type { Services } from './services.ts';

/** Of one message: a second and more of audio, whatever its rate. */
const MOST_MESSAGE_BYTES = 2 ** 20;

export interface RunningServer {
  /** Where it can be reached, without a slash at the end. */
  readonly url: string;
  /** Takes nothing new, finishes what is under way, and frees the model. */
  close(): Promise<void>;
}

/**
 * Loads the model and listens.
 * @param open Opens the graph of a live session.
 * @throws UsageError `token` for a host that others can reach and no token; `port` where it is taken; those of the model.
 */
export async function startServer(options: ServerOptions, open = openSession): Promise<RunningServer> {
  if (options.token === null && !isLoopback(options.host)) {
    throw new UsageError(
      'token',
      `Others can reach ${options.host}, so the server must ask for a token: --token, or DIGLOT_TOKEN in the environment.`,
    );
  }
  const { limits, note } = options;
  const sessions = await openLiveSessions(options, open);
  const release = await holdModel(options, sessions.precision);
  const places = openPlaces(limits.uploads, limits.waitingUploads);
  const metrics = openMetrics(places, sessions);
  const kept = openKeptTranscripts(limits.keptBytes, limits.keptSeconds);
  const services: Services = { options, places, sessions, kept, metrics };
  const app = Fastify({
    bodyLimit: 2 ** 20,
    connectionTimeout: 1000 * limits.idleSeconds,
    keepAliveTimeout: 1000 * Math.min(30, limits.idleSeconds),
    requestTimeout: 3_600_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    http: { headersTimeout: 1000 * Math.min(20, limits.idleSeconds), maxHeaderSize: 16_384 },
  });
  app.server.maxConnections = limits.connections;
  guard(app, services);
  await app.register(multipart);
  // Text that is no UTF-8 and messages that are too large are refused by ws itself.
  await app.register(websocket, { options: { maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false } });
  app.get('/v1/live', { websocket: true }, (socket) => serveLive(socket, services));
  openaiRoutes(app, services);
  pageRoutes(app);
  app.get('/health', () => ({
    status: 'ok',
    version: versions().get(VERSION),
    model: options.model,
    sessions: { open: sessions.open, most: limits.sessions },
    uploads: { running: places.taken, waiting: places.waiting },
    seconds: Math.round(process.uptime()),
  }));
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  try {
    const url = await app.listen({ host: options.host, port: options.port });
    return {
      url,
      async close() {
        await sessions.close();
        await app.close();
        release();
      },
    };
  } catch (error) {
    release();
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    note(String(error));
    throw new UsageError(
      'port',
      `The server cannot listen on ${options.host}:${options.port} (${code}); take another --port.`,
    );
  }
}

/** Loads the model as uploads and as sessions compute it, so that no client waits for that. @returns Frees it. */
async function holdModel(options: ServerOptions, ofSessions: ComputePrecision): Promise<() => void> {
  const held: (() => void)[] = [];
  const release = (): void => {
    for (const each of held) each();
  };
  try {
    for (const precision of new Set([options.precision ?? 'f32', options.precision ?? ofSessions])) {
      held.push((await acquireModel(options.model, { ...options, precision })).release);
    }
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** What is done with every request: who it is from, what of its faults is told, how long it took. */
function guard(app: FastifyInstance, { options, metrics }: Services): void {
  app.addHook('onRequest', async (request) => {
    const credentials = credentialsOf(request);
    const rules = { host: options.host, origins: options.origins, token: options.token };
    checkOrigin(credentials, rules);
    if (request.routeOptions.url !== '/health') checkToken(credentials, rules);
  });
  app.addHook('onResponse', async ({ routeOptions }, reply) => {
    metrics.request(routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setErrorHandler((thrown, _, reply) => {
    return sendError(reply, requestErrorOf(thrown, options.limits.uploadBytes, options.note));
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`;
    return sendError(reply, new RequestError(404, 'not_found', message));
  });
}

function credentialsOf({ headers, query }: FastifyRequest): Credentials {
  const { token } = query as { token?: unknown };
  return {
    host: headers.host,
    origin: headers.origin,
    authorization: headers.authorization,
    cookie: headers.cookie,
    token: typeof token === 'string' ? token : undefined,
  };
}
