/**
 * Opens a queue of BullMQ (an optional package) on Redis or PostgreSQL. Its PostgreSQL backend has the same interface, so
 * that nothing else here knows which of the two it is.
 */
import { createRequire } from 'node:module';
import type * as BullMq from 'bullmq';
import { UsageError } from '../errors.ts';
import type { ShardJob, ShardProgress } from './shard-job.ts';

export type ShardQueue = BullMq.Queue<ShardJob, ShardProgress>;
export type ShardWorker = BullMq.Worker<ShardJob, ShardProgress>;
export type QueuedShard = BullMq.Job<ShardJob, ShardProgress>;

export interface OpenQueue {
  readonly queue: ShardQueue;
  /** The address without a password, for messages. */
  readonly address: string;
  /** Made of a processor by the same means. Its connections are its own. */
  readonly worker: (
    process: (job: QueuedShard, token?: string) => Promise<ShardProgress>,
    options: Omit<BullMq.WorkerOptions, 'connection'>,
  ) => ShardWorker;
  /** Errors by which a processor tells BullMQ what to do with its job. */
  readonly errors: Pick<typeof BullMq, 'UnrecoverableError' | 'WaitingError'>;
  readonly close: () => Promise<void>;
}

/** Seconds that a server has to answer in. */
const PATIENCE = 15;

/**
 * @param address `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS, `postgres://…/database`.
 * @param name Of the queue, where several share a server.
 * @throws UsageError `queue-address` for another address; `queue-away` when nobody answers there, or refuses;
 *   `missing-package` when BullMQ or the driver is not installed.
 */
export async function openQueue(address: string, name: string): Promise<OpenQueue> {
  const { url, isPostgres } = parseAddress(address);
  const shown = withoutPassword(url);
  const bullmq = loadPackages(isPostgres);
  const { createRedisBackend, createPostgresBackend } = bullmq;
  const backend = isPostgres ? (createPostgresBackend as unknown as typeof createRedisBackend) : createRedisBackend;
  const connection = isPostgres
    ? { connectionString: address, migrate: true, connectionTimeoutMillis: PATIENCE * 1000 }
    : { url: address, connectTimeout: PATIENCE * 1000, maxRetriesPerRequest: null };
  const queue = new bullmq.Queue<ShardJob, ShardProgress>(name, { connection }, backend);
  let heard: (error: Error) => void = () => undefined;
  queue.on('error', (error) => heard(error));
  const trouble = new Promise<never>((_, reject) => (heard = reject));
  const late = setTimeout(() => heard(new Error(`no answer in ${PATIENCE} seconds`)), PATIENCE * 1000);
  try {
    await Promise.race([queue.waitUntilReady(), trouble]);
  } catch (cause) {
    void queue.close().catch(() => undefined);
    void queue.disconnect().catch(() => undefined);
    const server = isPostgres ? 'PostgreSQL' : 'Redis';
    const message = `The queue ${shown} cannot be used: ${reasonOf(cause)}. Is ${server} running there, and may this machine use it?`;
    throw new UsageError('queue-away', message, { cause });
  } finally {
    clearTimeout(late);
    heard = () => undefined;
  }
  return {
    queue,
    address: shown,
    worker: (process, options) => new bullmq.Worker(name, process, { ...options, connection }, backend),
    errors: bullmq,
    close: () => queue.close(),
  };
}

/** @throws UsageError `queue-address` */
function parseAddress(address: string): { url: URL; isPostgres: boolean } {
  const mend = 'Give redis://HOST:6379, rediss://HOST (with TLS) or postgres://USER:PASSWORD@HOST/DATABASE.';
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new UsageError('queue-address', `"${address}" is no address of a queue. ${mend}`, { cause });
  }
  const isPostgres = /^postgres(ql)?:$/.test(url.protocol);
  if (!isPostgres && !/^rediss?:$/.test(url.protocol)) {
    throw new UsageError('queue-address', `A queue cannot be at "${withoutPassword(url)}". ${mend}`);
  }
  if (url.hostname === '') {
    throw new UsageError('queue-address', `"${withoutPassword(url)}" names no host. ${mend}`);
  }
  return { url, isPostgres };
}

function withoutPassword(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '…';
  return decodeURI(shown.href);
}

/** Node gives several addresses of one name a common error without a text of its own. */
function reasonOf(cause: unknown): string {
  const causes = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
  return causes.map((each) => (each instanceof Error ? each.message : String(each)).replace(/\.$/, '')).join('; ');
}

const require = createRequire(import.meta.url);

/** `require` and not `import()`: an import that fails inside an ES module ends the process on Node 20, caught or not. */
function loadPackages(isPostgres: boolean): typeof BullMq {
  const driver = isPostgres ? 'pg' : 'ioredis';
  try {
    require(driver);
    return require('bullmq') as typeof BullMq;
  } catch (cause) {
    const message = `A queue needs bullmq and ${driver}: npm install bullmq ${driver}. Without them, diglot run --shard shares a job out.`;
    throw new UsageError('missing-package', message, { cause });
  }
}
