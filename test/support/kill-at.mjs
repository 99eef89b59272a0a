/**
 * Preloaded into a process that shall die at an exact moment: KILL_AT=link:after:3 ends it with SIGKILL behind the third
 * call of `link`. Calls are counted of link, rename and open of `node:fs/promises`, and of sync of a file.
 */
import fs from 'node:fs';
import process from 'node:process';
import { syncBuiltinESMExports } from 'node:module';

const [call, when, count] = (process.env.KILL_AT ?? '').split(':');
let calls = 0;
const dying = (work) =>
  async function (...args) {
    calls += 1;
    if (calls === Number(count) && when === 'before') process.kill(process.pid, 'SIGKILL');
    const result = await work.apply(this, args);
    if (calls === Number(count) && when === 'after') process.kill(process.pid, 'SIGKILL');
    return result;
  };

if (call === 'sync') {
  const handle = await fs.promises.open(process.execPath);
  const { prototype } = handle.constructor;
  await handle.close();
  prototype.sync = dying(prototype.sync);
} else if (call !== undefined && call !== '') {
  fs.promises[call] = dying(fs.promises[call]);
  syncBuiltinESMExports();
}
