import assert from 'node:assert/strict';
import { stripVTControlCharacters as plain } from 'node:util';
import { closingLines } from '../../src/cli/closing.ts';
import { runReport } from './run-statuses.ts';

const counts = { pulled: 12, written: 10, failed: 1, dropped: 1 };

describe('closing lines', () => {
  it('say what was written, and that the counts add up', () => {
    const parts = [{ path: 'out/part-0.arrow', rows: 10, bytes: 4100 }];
    assert.deepEqual(closingLines(runReport({ ...counts, seconds: 92, audioSeconds: 1104, parts })).map(plain), [
      'wrote out/part-0.arrow  10 rows, 4.1 kB',
      '12 in = 10 written + 1 failed + 1 dropped  in 1:32, 18:24 of audio at 12x real time',
    ]);
  });

  it('say each thing that does not add up', () => {
    const imbalances = ['1 record was pulled and never settled'];
    assert.deepEqual(closingLines(runReport({ ...counts, pulled: 13, conserved: false, imbalances })).map(plain), [
      '13 in ≠ 10 written + 1 failed + 1 dropped  in 0:00',
      'does not add up: 1 record was pulled and never settled',
    ]);
  });

  it('say how many error rows there are and where', () => {
    const parts = [{ path: 'out.errors.arrow', rows: 1, bytes: 900 }];
    const [line] = closingLines(runReport({ ...counts, parts }), ['out.errors.arrow']);
    assert.equal(plain(line ?? ''), 'wrote out.errors.arrow  1 error row, 900 B');
  });

  it('count what was in flight when a run was stopped at once', () => {
    const report = runReport({ ...counts, pulled: 15, conserved: false, imbalances: ['x'], outcome: 'aborted' });
    assert.match(plain(closingLines(report)[0] ?? ''), /^15 in = 10 written \+ 1 failed \+ 1 dropped \+ 3 unfinished /);
    assert.doesNotMatch(closingLines(report).join('\n'), /does not add up/);
  });

  it('say nothing of counts when a run never began', () => {
    assert.deepEqual(closingLines(runReport({ outcome: 'failed', failure: new Error('no model') })), []);
  });

  it('say that a run was cut short', () => {
    assert.match(closingLines(runReport({ outcome: 'drained' })).join('\n'), /stopped before all was done/);
    assert.match(closingLines(runReport({ outcome: 'aborted' })).join('\n'), /stopped at once/);
  });
});
