/**
 * Training that is killed: pipelines/train-smoke.json on a tiny model, ended with SIGKILL at a random moment of its life,
 * and started again with the same command. What it then saves must be, byte for byte, what an undisturbed run saves.
 *
 *     npx tsx bench/kill-training.ts [--kills 20] [--steps 24] [--seed 1]
 *
 * The moments are drawn evenly over the time that an undisturbed run takes; where the run had ended before, that is said.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../src/random-numbers.ts';
import { start } from '../test/cli/command-line.ts';
import { writeTinyCorpus } from '../test/support/tiny-corpus.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const { values: given } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    steps: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'diglot-kill-'));
const files = await writeTinyCorpus(join(folder, 'corpus'));
const model = await writeTinyModel(join(folder, 'model'));

const train = (out: string) =>
  start([
    ...['run', 'pipelines/train-smoke.json', '--files', files, '--model', model],
    ...['--out', out, '--steps', given.steps, '--quiet'],
  ]);

async function trainToTheEnd(out: string): Promise<void> {
  const { status, stderr } = await train(out).ended;
  if (status !== 0) throw new Error(`The run in ${out} ended with ${status}:\n${stderr}`);
}

async function saved(out: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['adapter_model.safetensors', 'calibrator.safetensors']) {
    hash.update(await readFile(join(out, 'adapter', name)));
  }
  return hash.digest('hex');
}

const whole = join(folder, 'whole');
await mkdir(whole);
// Twice: the first run compiles, and tells too long a time.
await trainToTheEnd(join(folder, 'first'));
const begun = performance.now();
await trainToTheEnd(whole);
const life = performance.now() - begun;
const expected = await saved(whole);
const random = randomNumbers(Number(given.seed));
const kills = Number(given.kills);
let [same, killed] = [0, 0];
for (let kill = 1; kill <= kills; kill++) {
  const out = join(folder, `killed-${kill}`);
  const at = random() * life;
  const { child, ended } = train(out);
  await Promise.race([setTimeout(at), ended]);
  child.kill('SIGKILL');
  const inTime = (await ended).status === null;
  if (inTime) killed += 1;
  await trainToTheEnd(out);
  const isSame = (await saved(out)) === expected;
  if (isSame) same += 1;
  const when = inTime ? `killed after ${(at / 1000).toFixed(1)} of ${(life / 1000).toFixed(1)} s` : 'had ended before';
  console.log(`${kill}: ${when}: ${isSame ? 'the same bytes' : 'OTHER BYTES'}`);
}
console.log(`${same} of ${kills} with the bytes of an undisturbed run; ${killed} were killed before their end`);
await rm(folder, { recursive: true });
process.exitCode = same === kills ? 0 : 1;
