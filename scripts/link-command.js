/**
 * Puts diglot's own command into node_modules/.bin of this checkout, as npm does for every package but the one it stands
 * in. Without it `npx diglot` would build the project a second time before its first run.
 */
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';

const command = 'dist/cli/main.js';
const link = 'node_modules/.bin/diglot';
if (process.platform !== 'win32' && existsSync(command) && !existsSync(link)) {
  chmodSync(command, 0o755);
  mkdirSync('node_modules/.bin', { recursive: true });
  symlinkSync(`../../${command}`, link);
}
