import assert from 'node:assert/strict';
import { statusOfAll, statusOfReport } from '../../src/cli/exit-status.ts';
import { UsageError } from '../../src/errors.ts';
import { runReport } from './run-statuses.ts';

describe('exit status', () => {
  it('is 0 when all was done, drops included', () => {
    assert.equal(statusOfReport(runReport({ pulled: 3, written: 2, dropped: 1 }), null), 0);
  });

  it('is 1 when the run failed by a bug', () => {
    assert.equal(statusOfReport(runReport({ outcome: 'failed', failure: new TypeError('x') }), null), 1);
  });

  it('is 1 when the counts do not add up, although all was written', () => {
    assert.equal(statusOfReport(runReport({ conserved: false, imbalances: ['one is missing'] }), null), 1);
  });

  it('is 1 when the counts do not add up in a run that was drained', () => {
    assert.equal(statusOfReport(runReport({ outcome: 'drained', conserved: false }), 'SIGINT'), 1);
  });

  it('is 2 when the run found out that it was asked for what cannot be done', () => {
    const failure = new UsageError('no-model', 'there is no model');
    assert.equal(statusOfReport(runReport({ outcome: 'failed', failure }), null), 2);
  });

  it('is 3 when it finished and some records became error rows', () => {
    assert.equal(statusOfReport(runReport({ pulled: 3, written: 2, failed: 1 }), null), 3);
  });

  it('is 128 and the number of the signal that stopped it, drained or aborted', () => {
    assert.equal(statusOfReport(runReport({ outcome: 'drained' }), 'SIGINT'), 130);
    assert.equal(statusOfReport(runReport({ outcome: 'drained' }), 'SIGTERM'), 143);
    assert.equal(statusOfReport(runReport({ outcome: 'aborted', conserved: false }), 'SIGINT'), 130);
    assert.equal(statusOfReport(runReport({ outcome: 'aborted', conserved: false }), 'SIGPIPE'), 141);
  });

  it('of several runs is the one that matters most', () => {
    assert.equal(statusOfAll([0, 0]), 0);
    assert.equal(statusOfAll([0, 3, 0]), 3);
    assert.equal(statusOfAll([3, 1, 0]), 1);
    assert.equal(statusOfAll([3, 1, 130]), 130);
    assert.equal(statusOfAll([3, 2]), 2);
  });
});
