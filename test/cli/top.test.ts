import assert from 'node:assert/strict';
import { stripVTControlCharacters as plain } from 'node:util';
import { cellsOf } from '../../src/cli/text-table.ts';
import { topTable } from '../../src/cli/top.ts';
import { nodeStatus, runStatus } from './run-statuses.ts';

const before = runStatus({
  seconds: 10,
  nodes: [
    nodeStatus({
      id: 'audio',
      operator: 'read-audio',
      given: 10,
      busySeconds: 1,
      starvedSeconds: 0,
      blockedSeconds: 9,
    }),
    nodeStatus({ id: 'text', operator: 'beam-search', taken: 6, given: 5, busySeconds: 9.5 }),
  ],
});
const now = runStatus({
  seconds: 12,
  inFlight: 4,
  bottleneck: 'text',
  nodes: [
    nodeStatus({ id: 'audio', operator: 'read-audio', given: 13, errors: 1, busySeconds: 1.5, blockedSeconds: 10.5 }),
    nodeStatus({ id: 'text', operator: 'beam-search', taken: 8, given: 6, active: 2, waiting: 3, busySeconds: 11.5 }),
  ],
});

describe('top', () => {
  it('shows rates and shares of the time since the look before, and names the bottleneck', () => {
    assert.deepEqual(topTable(before, now, 120).map(plain), [
      'node   operator     in  out  failed  dropped  out/s  queue  active  held   busy  starved  blocked',
      'audio  read-audio    0   13       1        0    1.5      0       0     0   25 %      0 %     75 %',
      'text   beam-search   8    6       0        0   0.50      3       2     0  100 %      0 %      0 %',
      '4 of 4 in flight; bottleneck: text, busy 100 % of the time',
    ]);
  });

  it('shows shares of the whole run where there was no look before', () => {
    assert.match(plain(topTable(null, now, 120)[2] ?? ''), /^text .* 0\.50 .* 96 %/);
  });

  it('leaves out columns until it fits the terminal', () => {
    for (const columns of [100, 90, 80, 72]) {
      for (const line of topTable(before, now, columns))
        assert.ok(cellsOf(plain(line)) <= columns, `${String(columns)}: ${plain(line)}`);
    }
    assert.doesNotMatch(topTable(before, now, 80).join('\n'), /operator/);
  });

  it('counts Chinese characters as two cells', () => {
    assert.equal(cellsOf('牛肉麵 noodles'), 14);
  });
});
