/** The queue as flags, the same for every command that has one. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { OpenQueue } from '../queue/open-queue.ts';

interface QueueFlags {
  readonly queue: string;
  readonly name: string;
}

export function addQueueFlags(command: Command): Command {
  return command
    .optionsGroup('Queue:')
    .addOption(
      new Option('--queue <address>', 'redis://HOST:6379, rediss://HOST with TLS, or postgres://USER@HOST/DATABASE.')
        .env('DIGLOT_QUEUE')
        .makeOptionMandatory(),
    )
    .option('--name <text>', 'Name of the queue, where several share a server.', queueName, 'diglot');
}

/** Opens the queue that the flags name, and closes it whatever comes of it. */
export async function withQueue<T>(command: Command, act: (opened: OpenQueue) => Promise<T>): Promise<T> {
  const { queue, name } = command.opts<QueueFlags>();
  const { openQueue } = await import('../queue/open-queue.ts');
  const opened = await openQueue(queue, name);
  try {
    return await act(opened);
  } finally {
    await opened.close().catch(() => undefined); // a server that went away meanwhile
  }
}

/** BullMQ makes keys of it, with colons in between. */
function queueName(text: string): string {
  if (!/^[\p{L}\p{N}._-]+$/u.test(text))
    throw new InvalidArgumentError('Expected letters, digits, dots, dashes and underscores.');
  return text;
}

/** A whole number, for flags. @param least What it must be at least. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };
}

/** Seconds, for flags. @param least What it must be at least. */
export function secondsFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least)) throw new InvalidArgumentError(`Expected seconds, ${least} or more.`);
    return value;
  };
}
