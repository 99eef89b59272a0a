/**
 * A shard runs in a process of its own, so that a worker renews the lock of its job however long a model computes, and
 * outlives a process that runs out of memory. BullMQ's own sandbox is not used: it fails a job when one report of its
 * progress cannot be stored, and then takes the process for idle that still computes.
 */
import { fork } from 'node:child_process';
import type { ShardJob, ShardProgress } from './shard-job.ts';

/** What a worker tells the process. `drain`: finish and commit what is in flight; `abort`: stop at once. */
export type ToProcess = { readonly tell: 'run'; readonly job: ShardJob } | { readonly tell: 'drain' | 'abort' };

/** What the process tells the worker. After `done`, `stopped` or `failed` it ends. */
export type FromProcess =
  | { readonly tell: 'progress' | 'done' | 'stopped'; readonly progress: ShardProgress }
  | { readonly tell: 'note' | 'failed'; readonly message: string };

export interface ShardProcess {
  /** Rejects with the reason when the run failed, or its process broke down. */
  readonly ended: Promise<{ readonly stopped: boolean; readonly progress: ShardProgress }>;
  readonly drain: () => void;
  readonly abort: () => void;
}

/** Characters of what a process said last that are kept to tell why it broke down. */
const LAST_WORDS = 2000;

/**
 * @param entry The module that runs in the process: `src/cli/run-shard.ts`.
 * @param told Gets what the process tells while it runs.
 */
export function startShard(
  entry: URL,
  job: ShardJob,
  told: { readonly progress: (progress: ShardProgress) => void; readonly note: (message: string) => void },
): ShardProcess {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const send = (message: ToProcess): void => {
    if (child.connected) child.send(message, () => undefined); // one that has just ended needs no telling
  };
  let lastWords = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  const ended = new Promise<Awaited<ShardProcess['ended']>>((resolve, reject) => {
    child.on('message', (message: FromProcess) => {
      if ('message' in message) {
        if (message.tell === 'note') told.note(message.message);
        else reject(new Error(message.message));
      } else if (message.tell === 'progress') told.progress(message.progress);
      else resolve({ stopped: message.tell === 'stopped', progress: message.progress });
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const how = signal === null ? `with status ${code}` : `by ${signal}`;
      const why = lastWords.trim() === '' ? '' : `; its last words: ${lastWords.trim()}`;
      reject(new Error(`The process of the shard ended ${how} in the midst of it${why}`));
    });
  });
  send({ tell: 'run', job });
  return { ended, drain: () => send({ tell: 'drain' }), abort: () => send({ tell: 'abort' }) };
}
