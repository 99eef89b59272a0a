import assert from 'node:assert/strict';
import { stripVTControlCharacters as plain } from 'node:util';
import { paceBetween, paceKeeper } from '../../src/cli/pace.ts';
import { progressBar, progressText } from '../../src/cli/progress.ts';
import { runStatus } from './run-statuses.ts';

const unknown = { recordsPerSecond: null, realTimeFactor: null, secondsLeft: null };

describe('pace', () => {
  it('is records and audio seconds over wall seconds, and what is left by audio', () => {
    const before = runStatus({ seconds: 10, written: 5, audioSeconds: 50 });
    const now = runStatus({
      seconds: 20,
      written: 10,
      failed: 5,
      audioSeconds: 170,
      expected: 30,
      expectedAudioSeconds: 290,
    });
    assert.deepEqual(paceBetween(before, now), { recordsPerSecond: 1, realTimeFactor: 12, secondsLeft: 10 });
  });

  it('tells what is left by records where no audio is announced', () => {
    const now = runStatus({ seconds: 10, written: 5, expected: 30 });
    assert.deepEqual(paceBetween(runStatus(), now), { recordsPerSecond: 0.5, realTimeFactor: null, secondsLeft: 50 });
  });

  it('says nothing before a record is settled', () => {
    assert.deepEqual(paceBetween(runStatus(), runStatus({ seconds: 5, pulled: 3, expected: 4 })), unknown);
  });

  it('does not count the time before the first record, nor what lies behind the window', () => {
    const pace = paceKeeper(30);
    pace(runStatus({ seconds: 0 }));
    pace(runStatus({ seconds: 8 }));
    assert.equal(pace(runStatus({ seconds: 10, pulled: 4, written: 2 })).recordsPerSecond, 1);
    pace(runStatus({ seconds: 20, pulled: 14, written: 12 }));
    assert.equal(pace(runStatus({ seconds: 50, pulled: 164, written: 162 })).recordsPerSecond, 5);
  });
});

describe('progress', () => {
  const status = runStatus({ seconds: 20.4, written: 35, failed: 2, expected: 183, pulled: 40 });
  const pace = { recordsPerSecond: 1.8, realTimeFactor: 12.2, secondsLeft: 81 };

  it('draws a bar with what is done, share, time, rate, real-time factor, what is left and failures', () => {
    assert.equal(
      plain(progressBar(status, pace, 120)),
      '37/183  ━━━━━━────────────────────────   20 %  0:20  1.8/s  12x real time  1:21 left  2 failed',
    );
  });

  it('shows what an operator counts, and its words, in the place of records', () => {
    const training = runStatus({
      seconds: 62,
      expected: 1396,
      pulled: 300,
      progress: { done: 35, of: 350, unit: 'steps', words: 'loss 1.234  850 tokens/s' },
    });
    const earlier = runStatus({ seconds: 32, progress: { ...training.progress!, done: 20 } });
    const left = paceBetween(earlier, training);
    assert.equal(left.secondsLeft, 630);
    assert.equal(
      plain(progressBar(training, left, 120)),
      '35/350 steps  ━━━───────────────────────────   10 %  1:02  loss 1.234  850 tokens/s  10:30 left',
    );
    assert.equal(
      progressText(training, left),
      '35 of 350 steps done (10 %) after 1:02, loss 1.234  850 tokens/s, about 10:30 left',
    );
  });

  it('is never wider than the terminal, and gives up the bar before the figures', () => {
    for (let columns = 10; columns < 120; columns++)
      assert.ok(plain(progressBar(status, pace, columns)).length <= columns);
    assert.equal(
      plain(progressBar(status, pace, 70)),
      '37/183   20 %  0:20  1.8/s  12x real time  1:21 left  2 failed',
    );
  });

  it('does without what is not known', () => {
    assert.equal(plain(progressBar(runStatus({ seconds: 3 }), unknown, 80)), '0 done  0:03');
    assert.equal(progressText(runStatus({ seconds: 3 }), unknown), '0 done after 0:03');
  });

  it('tells the same in words for logs', () => {
    assert.equal(
      progressText(status, pace),
      '37 of 183 done (20 %) after 0:20, 1.8/s, 12x real time, about 1:21 left, 2 failed',
    );
  });

  it('is whole when every record is settled, although failed ones brought no audio', () => {
    const ended = runStatus({ written: 1, failed: 1, expected: 2, audioSeconds: 5, expectedAudioSeconds: 9 });
    assert.match(progressText(ended, unknown), /^2 of 2 done \(100 %\)/);
  });
});
