/** Runs as the engine would tell of them, for tests of what is made of them. */
import type { NodeStatus, RunReport, RunStatus } from '../../src/graphs/report.ts';

export function nodeStatus(fields: Partial<NodeStatus> & { id: string }): NodeStatus {
  return {
    operator: fields.id,
    taken: 0,
    given: 0,
    errors: 0,
    dropped: 0,
    active: 0,
    waiting: 0,
    held: 0,
    busySeconds: 0,
    starvedSeconds: 0,
    blockedSeconds: 0,
    ...fields,
  };
}

export function runStatus(fields: Partial<RunStatus> = {}): RunStatus {
  return {
    name: 'test',
    seconds: 0,
    nodes: [],
    inFlight: 0,
    inFlightLimit: 4,
    pulled: 0,
    written: 0,
    failed: 0,
    dropped: 0,
    present: 0,
    expected: null,
    expectedAudioSeconds: null,
    audioSeconds: 0,
    progress: null,
    bottleneck: null,
    ...fields,
  };
}

export function runReport(fields: Partial<RunReport> = {}): RunReport {
  return { ...runStatus(), conserved: true, imbalances: [], outcome: 'done', failure: null, parts: [], ...fields };
}
