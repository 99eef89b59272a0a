/** What `diglot serve` can be told, with its defaults. Programs that start a server by themselves give the same. */
import type { DeviceName } from '../tensors/backend.ts';
import type { ComputePrecision } from '../whisper/weights.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** What clients must show; null asks for nothing, which is refused on hosts that others can reach. */
  readonly token: string | null;
  /** Origins of web pages that may use the server beside its own, as `https://speech.example.org`. */
  readonly origins: readonly string[];
  readonly model: string;
  readonly adapter: readonly string[];
  readonly device: 'auto' | DeviceName;
  /** Null leaves it to the pipelines: live.json and transcribe.json have their own. */
  readonly precision: ComputePrecision | null;
  readonly offline: boolean;
  readonly cacheFolder: string | null;
  readonly limits: ServerLimits;
  /** Receives lines for the person who started the server. */
  readonly note: (message: string) => void;
}

export interface ServerLimits {
  /** Live sessions at once; the next one is refused. */
  readonly sessions: number;
  /** Seconds of a live session after which it is ended. */
  readonly sessionSeconds: number;
  /** Recordings that are recognised at once, and that may wait for it; the next one is refused. */
  readonly uploads: number;
  readonly waitingUploads: number;
  /** Bytes and seconds of one recording. */
  readonly uploadBytes: number;
  readonly uploadSeconds: number;
  /** Connections at once; more are closed as they come. */
  readonly connections: number;
  /** Seconds without a byte from a client that has something to say, after which it is taken for gone. */
  readonly idleSeconds: number;
  /** Seconds between two pings of a live session. A client that leaves one unanswered is taken for gone. */
  readonly heartbeatSeconds: number;
  /** Bytes that may wait for a slow reader of a live session before passing events are left out. */
  readonly waitingBytes: number;
  /** Bytes of transcripts that are kept for download, and seconds for which each is. */
  readonly keptBytes: number;
  readonly keptSeconds: number;
}

export const defaultLimits: ServerLimits = {
  sessions: 3,
  sessionSeconds: 4 * 3600,
  uploads: 1,
  waitingUploads: 8,
  uploadBytes: 200 * 2 ** 20,
  uploadSeconds: 2 * 3600,
  connections: 512,
  idleSeconds: 60,
  heartbeatSeconds: 15,
  waitingBytes: 64 * 2 ** 10,
  keptBytes: 64 * 2 ** 20,
  keptSeconds: 1800,
};

/** Whether only programs on this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
