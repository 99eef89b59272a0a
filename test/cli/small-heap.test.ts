import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const smallHeap = fileURLToPath(new URL('../../src/cli/small-heap.ts', import.meta.url));

/** Megabytes of the young generation of a program that begins with the import and keeps much of what it makes. */
function youngGeneration(command: string): number {
  const program = `
    await import(${JSON.stringify(smallHeap)});
    const { getHeapSpaceStatistics } = await import('node:v8');
    let kept = [];
    for (let round = 0; round < 12; round++) {
      kept = Array.from({ length: 200_000 }, (_, at) => ({ at }));
      await undefined;
    }
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    console.log(kept.length && space.space_size);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program, '--', '', command];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
  return Number(said) / 2 ** 20;
}

describe('the small heap', () => {
  it('keeps the young generation small in commands that recognise, and in no others', () => {
    for (const command of ['transcribe', 'live']) {
      const size = youngGeneration(command);
      assert.ok(size > 0 && size <= 4, `${command}: ${size} MiB`);
    }
    const other = youngGeneration('score');
    assert.ok(other >= 8, `score: ${other} MiB`);
  });
});
