/**
 * Whether a run that fills its disk stops cleanly and says which disk it is, and the same command goes on when there is
 * room: the job of chaos-job.ts on a small tmpfs, of which a file leaves a random part, from nothing to all but a little of
 * what the job needs. Then the rows, sorted by id, byte for byte against those of a run that had room.
 *
 *     npm run build && npx tsx bench/disk-full.ts --runs 20 [--seed 1]
 *
 * Mounting takes root and Linux.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../src/random-numbers.ts';
import { COMMITS } from '../src/tables/commits/commit-record.ts';
import { verifyTable } from '../src/tables/commits/verify-table.ts';
import { faultsOf, makeHome, pipeline, program, sortedBytes, tableFlags } from './chaos-job.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const random = randomNumbers(Number(values.seed));
const home = makeHome('disk-full');
const DISK_BYTES = 16 * 2 ** 20;
/** Of what a run needs at the end, in which there is no row to be lost any more. */
const MOST = 0.97;

function run(place: string) {
  const args = [program, 'run', pipeline, ...tableFlags, '--quiet'];
  return spawnSync(process.execPath, args, { cwd: place, encoding: 'utf8' });
}

/** How a run stopped: what is wrong with that, and the rows that it had committed. */
async function stopOf({ status, stderr }: ReturnType<typeof run>, disk: string) {
  const faults: string[] = [];
  if (status !== 1) faults.push(`stopped with status ${status}`);
  if (!stderr.includes('the disk is full') || !stderr.includes(`It is the disk at ${disk},`))
    faults.push(`says ${JSON.stringify(stderr)}`);
  // A disk may be too full for the first part and its log.
  if (!existsSync(join(disk, 'out', COMMITS))) return { faults, rows: 0 };
  const { faults: found, rows } = await verifyTable(join(disk, 'out'));
  return { faults: [...faults, ...found], rows };
}

const whole = join(home, 'whole');
mkdirSync(whole);
if (run(whole).status !== 0) throw new Error('the job does not run');
const wanted = await sortedBytes(whole);
const needed = readdirSync(join(whole, 'out'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
let right = 0;
try {
  for (let round = 0; round < runs; round += 1) {
    const disk = join(home, `disk-${round}`);
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
    try {
      const room = Math.floor(random() * MOST * needed);
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(DISK_BYTES - room));
      const { faults, rows } = await stopOf(run(disk), disk);
      rmSync(filler);
      const { status } = run(disk);
      if (status !== 0) faults.push(`went on to status ${status}`);
      const rest = await faultsOf(disk, wanted);
      if (rest !== '') faults.push(rest);
      if (faults.length === 0) right += 1;
      const free = `${(room / 1000).toFixed(0)} of ${(needed / 1000).toFixed(0)} kB free`;
      console.log(`${free}: ${faults.length === 0 ? `stopped, went on from ${rows} rows` : faults.join('; ')}`);
    } finally {
      execFileSync('umount', [disk]);
    }
  }
} finally {
  rmSync(home, { recursive: true });
}
console.log(`${right} of ${runs} stopped with the name of the disk, and went on to the same bytes`);
process.exitCode = right === runs ? 0 : 1;
