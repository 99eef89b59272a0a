import assert from 'node:assert/strict';
import fc from 'fast-check';
import { submissionId, type ShardProgress, type SubmittedRun } from '../../src/queue/shard-job.ts';
import { summarise, type KnownShard } from '../../src/queue/submissions.ts';
import { openQueue } from '../../src/queue/open-queue.ts';

const run: SubmittedRun = {
  pipeline: 'pipelines/decode nbest.json',
  parameters: [
    ['manifest', 'a.jsonl'],
    ['out', 'nbest'],
  ],
  overrides: [],
  allowTypeScript: true,
  directory: '/corpus',
};

function progress(written: number, more: Partial<ShardProgress> = {}): ShardProgress {
  return {
    written,
    failed: 0,
    dropped: 0,
    present: 0,
    expected: null,
    audioSeconds: 10 * written,
    expectedAudioSeconds: null,
    recordsPerSecond: null,
    realTimeFactor: null,
    ...more,
  };
}

function shard(index: number, count: number, known: Partial<KnownShard>): KnownShard {
  const job = { submission: 's', run, shard: { index, count }, cancelled: false };
  const told = { progress: null, attempts: 0, reason: null, worker: null, submitted: 1000 + index, begun: null };
  return { job, state: 'waiting', ...told, ...known };
}

describe('a submission', () => {
  it('adds up its shards over all workers, and reckons the rest by their mean', () => {
    const known = [
      shard(0, 5, { state: 'done', progress: progress(90, { failed: 10 }) }),
      shard(1, 5, {
        state: 'active',
        begun: 4000,
        worker: 'a:1',
        progress: progress(20, { expected: 60, present: 40, recordsPerSecond: 2, realTimeFactor: 20 }),
      }),
      shard(2, 5, {
        state: 'active',
        worker: 'b:1',
        progress: progress(50, { expected: 100, recordsPerSecond: 3, realTimeFactor: 30 }),
      }),
      shard(3, 5, {}),
    ];
    const { shards, records, recordsPerSecond, realTimeFactor, secondsLeft, atWork, submitted } = summarise(
      known,
      9000,
    );
    assert.deepEqual(shards, { count: 5, done: 1, active: 2, waiting: 1, failed: 0, cancelled: 1 });
    assert.deepEqual(records, { written: 160, failed: 10, dropped: 0, present: 40, expected: 400 });
    assert.deepEqual([recordsPerSecond, realTimeFactor, submitted], [5, 50, 1000]);
    assert.equal(secondsLeft, (40 + 50 + 100) / 5);
    assert.deepEqual(
      atWork.map(({ shard, worker, seconds }) => [shard, worker, seconds]),
      [
        ['1/5', 'a:1', 5],
        ['2/5', 'b:1', 0],
      ],
    );
  });

  it('tells what failed for good, what is tried again, and nothing of what was mended', () => {
    const failed = { reason: 'the disk is full', attempts: 3, worker: 'a:1' };
    const { failures, shards, secondsLeft } = summarise(
      [
        shard(0, 3, { state: 'failed', ...failed }),
        shard(1, 3, { state: 'waiting', ...failed, attempts: 1 }),
        shard(2, 3, { state: 'done', ...failed, progress: progress(1) }),
      ],
      0,
    );
    assert.deepEqual([shards.failed, secondsLeft], [1, null]);
    assert.deepEqual(
      failures.map(({ shard, attempts, triedAgain }) => [shard, attempts, triedAgain]),
      [
        ['0/3', 3, false],
        ['1/3', 1, true],
      ],
    );
  });

  it('says nothing of rates and of time left while no worker has told, and 0 when all is over', () => {
    const waiting = summarise([shard(0, 2, {}), shard(1, 2, {})], 0);
    assert.deepEqual([waiting.records.expected, waiting.recordsPerSecond, waiting.secondsLeft], [null, null, null]);
    const over = summarise([shard(0, 1, { state: 'done', progress: progress(3) })], 0);
    assert.deepEqual([over.records.expected, over.secondsLeft], [3, 0]);
  });

  it('has one name for one run, whatever the order of its parameters, and another for any other', () => {
    const id = submissionId(run, 3);
    assert.match(id, /^decode-nbest-[0-9a-f]{8}$/);
    assert.equal(submissionId({ ...run, parameters: [...run.parameters].reverse() }, 3), id);
    const others = [
      submissionId(run, 4),
      submissionId({ ...run, overrides: ['inFlight=2'] }, 3),
      submissionId({ ...run, directory: '/other' }, 3),
      submissionId({ ...run, parameters: [['out', 'b']] }, 3),
    ];
    assert.equal(new Set([id, ...others]).size, 5);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (pipeline) => {
        assert.doesNotMatch(submissionId({ ...run, pipeline }, 3), /[:/\s]/); // BullMQ takes no colon
      }),
    );
  });
});

describe('the address of a queue', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['queue', /"queue" is no address of a queue\. Give redis:\/\//],
    ['mysql://me:secret@host/x', /A queue cannot be at "mysql:\/\/me:…@host\/x"/],
    ['redis:///3', /names no host/],
  ];
  for (const [address, says] of refused) {
    it(`is refused where it is ${address}`, async () => {
      await assert.rejects(openQueue(address, 'diglot'), { name: 'UsageError', message: says });
    });
  }

  for (const address of ['redis://:secret@127.0.0.1:1', 'postgres://me:secret@127.0.0.1:1/x']) {
    it(`tells who does not answer, without the password: ${address.split(':')[0]}`, async () => {
      await assert.rejects(openQueue(address, 'diglot'), (error: Error) => {
        assert.match(
          error.message,
          /cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1\. Is (Redis|PostgreSQL) running/,
        );
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
  }
});
