/**
 * Puts diglot's own command into node_modules/.bin of this checkout, as npm does for every package but the one it stands
 * in. Without it `npx diglot` would build the project a second time before its first run.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

const command = 'dist/program/main.js';
const link = 'node_modules/.bin/diglot';
if (process.platform !== 'win32' && existsSync(command)) {
  chmodSync(command, 0o755);
  mkdirSync('node_modules/.bin', { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(`../../${command}`, link);
}
