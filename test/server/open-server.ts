/** A server for the tests of one file, on a port that is free, with limits that a test can reach. */
import type { openSession } from '../../src/graphs/open-session.ts';
import { defaultLimits, type ServerLimits, type ServerOptions } from '../../src/server/server-options.ts';
import { startServer, type RunningServer } from '../../src/server/start-server.ts';

export interface ServerUnderTest extends RunningServer {
  /** What the person who started it was told. */
  readonly notes: readonly string[];
}

export async function openServer(
  given: Partial<Omit<ServerOptions, 'limits'>> & { limits?: Partial<ServerLimits> } = {},
  open?: typeof openSession,
): Promise<ServerUnderTest> {
  const notes: string[] = [];
  const options = {
    host: '127.0.0.1',
    port: 0,
    token: null,
    origins: [],
    model: 'whisper-base-int8',
    adapter: [],
    device: 'auto',
    precision: null,
    offline: true,
    cacheFolder: null,
    note: (message: string) => void notes.push(message),
    ...given,
    limits: { ...defaultLimits, ...given.limits },
  } as const;
  const server = await startServer(options, open);
  return { ...server, notes };
}
