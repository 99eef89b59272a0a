/** A gate: while the working folder has a file `closed`, a record waits until it can take a file `ticket` away. */
import { existsSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineOperator } from '../../../src/operators/define-operator.ts';

export const gate = defineOperator(
  {
    name: 'gate',
    summary: 'Lets a recording through when a test does.',
    shape: 'each',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({}),
  },
  () => async (waveform) => {
    while (existsSync('closed') && !tookTicket()) await sleep(20);
    return waveform;
  },
);

function tookTicket(): boolean {
  try {
    unlinkSync('ticket');
    return true;
  } catch {
    return false;
  }
}
