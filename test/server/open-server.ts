/** A server for the tests of one file, on a port that is free, with limits that a test can reach. */
import { defaultLimits, type ServerLimits, type ServerOptions } from '../../src/server/server-options.ts';
import { startServer, type RunningServer } from '../../src/server/start-server.ts';

export interface ServerUnderTest extends RunningServer {
  /** What the person who started it was told. */
  readonly notes: readonly string[];
}

export async function openServer(
  given: Partial<Omit<ServerOptions, 'limits'>> & { limits?: Partial<ServerLimits> } = {},
): Promise<ServerUnderTest> {
  const notes: string[] = [];
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    token: null,
    origins: [],
    model: 'whisper-base-int8',
    adapter: [],
    device: 'auto',
    precision: 'f32',
    offline: true,
    cacheFolder: null,
    note: (message) => notes.push(message),
    ...given,
    limits: { ...defaultLimits, ...given.limits },
  });
  return { ...server, notes };
}
