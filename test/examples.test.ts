import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { lastValueFrom, toArray } from 'rxjs';
import { features } from '../examples/by-hand.ts';
import { normalisePeak } from '../examples/normalise-peak.ts';
import { check } from '../src/graphs/check.ts';
import { formatFault } from '../src/graphs/faults.ts';
import { loadPipelines } from '../src/graphs/load.ts';
import { startGraph } from '../src/graphs/run.ts';

const recordings = ['fixtures/audio/cs_yesterday_zh_en.wav', 'fixtures/audio/mandarin-look-in-front.wav'];
const parameters = { recordings: JSON.stringify(recordings) };

describe('the examples', () => {
  it('sweep-beam-size.ts: one pipeline in TypeScript for each beam size, each with its own table', async () => {
    const swept = await loadPipelines('examples/sweep-beam-size.ts', { parameters });
    const plans = swept.map((loaded) => {
      const { plan, faults } = check(loaded);
      assert.deepEqual(faults.map(formatFault), []);
      return plan!;
    });
    assert.deepEqual(
      plans.map(({ name }) => name),
      ['beam-1', 'beam-2', 'beam-5', 'beam-8'],
    );
    const tables = plans.map(({ nodes }) => nodes.find(({ id }) => id === 'write-arrow')!.options['path']);
    assert.equal(new Set(tables).size, 4);
  });

  it('normalise-peak.json: an operator from a file of yours runs in a pipeline', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diglot-example-'));
    try {
      const out = join(folder, 'loud.arrow');
      const [loaded] = await loadPipelines('examples/normalise-peak.json', {
        parameters: { ...parameters, out, peak: '0.5' },
      });
      const { plan, faults } = check(loaded!);
      assert.deepEqual(faults.map(formatFault), []);
      const report = await startGraph(plan!, { note: () => undefined }).finished;
      assert.deepEqual([report.outcome, report.written, report.failed], ['done', 2, 0], report.failure?.message);
      const table = tableFromIPC(await readFile(out));
      assert.equal(table.numRows, 2);
      for (const row of table.toArray() as { samples: Iterable<number> }[]) {
        assert.equal(
          Array.from(row.samples, Math.abs).reduce((most, sample) => Math.max(most, sample)),
          0.5,
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('normalise-peak.ts: the same operator refuses what it cannot do, as any of ours', () => {
    assert.throws(() => normalisePeak({ peak: 2 }), /normalise-peak: peak: /);
  });

  it('by-hand.ts: a chain of our operators in plain RxJS gives a frame every 10 ms', async () => {
    const made = await lastValueFrom(features(recordings).pipe(toArray()));
    assert.deepEqual(
      made.map(({ id }) => id),
      recordings,
    );
    for (const { values, bands, frames, origin } of made) {
      assert.equal(values.length, bands * frames);
      assert.equal(frames, Math.floor(origin.duration * 100));
      assert.ok(values.every(Number.isFinite));
    }
  });
});
