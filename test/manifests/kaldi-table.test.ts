import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { RecordError } from '../../src/errors.ts';
import { openKaldiTable } from '../../src/manifests/kaldi-table.ts';
import { folderPerTest } from '../support/folder-per-test.ts';

describe('tables of Kaldi folders', () => {
  const folder = folderPerTest();
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-c\ue000𠮷]{1,3}$/u), { maxLength: 20 });

  async function read(lines: readonly string[], asked: readonly string[], heldBytes: number) {
    writeFileSync(folder('text'), lines.map((key) => `${key} text of ${key}\n`).join(''));
    const faults: RecordError[] = [];
    const table = await openKaldiTable(folder('text'), faults, heldBytes);
    const found: (string | undefined)[] = [];
    for (const key of asked) found.push(await table.get(key));
    await table.finish();
    return { found, faults };
  }
  const expected = (lines: readonly string[], asked: readonly string[]) =>
    asked.map((key) => (lines.includes(key) ? `text of ${key}` : undefined));

  it('that are held say what stands there, in any order', () =>
    fc.assert(
      fc.asyncProperty(keys, keys, async (lines, asked) => {
        const { found, faults } = await read(lines, asked, Infinity);
        assert.deepEqual([found, faults], [expected(lines, asked), []]);
      }),
    ));

  it('that are read along say the same where both are sorted by bytes, whatever either lacks', () =>
    fc.assert(
      fc.asyncProperty(keys, keys, async (lines, asked) => {
        const [sorted, inOrder] = [lines.toSorted(byBytes), asked.toSorted(byBytes)];
        const { found, faults } = await read(sorted, inOrder, 0);
        assert.deepEqual([found, faults], [expected(sorted, inOrder), []]);
      }),
    ));

  it('that are read along and are not sorted never lose a text without saying so', () =>
    fc.assert(
      fc.asyncProperty(keys, keys, async (lines, asked) => {
        const { found, faults } = await read(lines, asked, 0);
        if (faults.length === 0) assert.deepEqual(found, expected(lines, asked));
        else assert.deepEqual([faults.length, faults[0]!.code], [1, 'manifest-order']);
      }),
    ));
});
