#!/usr/bin/env node
/**
 * The command line: `diglot transcribe | serve | run | submit | work | status | cancel | check | draw | describe | list | score |
 * report | explain | diff | verify | retry | clean | convert | export | cache`.
 */
import './small-heap.ts';
import { CommanderError } from 'commander';
import { signalStatus, status, statusOfError } from './exit-status.ts';
import { programFor } from './program.ts';
import { sayFailure } from './say.ts';

const args = process.argv.slice(2);

// A reader that has seen enough, as in `diglot list | head -1`, is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exitCode ??= signalStatus('SIGPIPE');
  });
}
try {
  const { program, args: spelt } = await programFor(args);
  await program.parseAsync([...spelt], { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? status.done : status.usage;
  } else {
    sayFailure(error, args.includes('--debug'));
    process.exitCode = statusOfError(error);
  }
}
