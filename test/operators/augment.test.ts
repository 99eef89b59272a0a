import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { writeWav } from '../../src/audio/write-wav.ts';
import { UsageError } from '../../src/errors.ts';
import { augment } from '../../src/operators/augment.ts';
import type { Waveform } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';
import { origin } from '../support/sample-records.ts';

type Options = NonNullable<Parameters<typeof augment>[0]>;

const RATE = 16_000;
const spoken = (id: string): Waveform => ({
  kind: 'waveform',
  id,
  origin: { ...origin, duration: 0.5 },
  samples: Float32Array.from({ length: RATE / 2 }, (_, n) => 0.4 * Math.sin(n / 5)),
  sampleRate: RATE,
});
const all = (ids: readonly string[], options: Options): Promise<Waveform[]> =>
  lastValueFrom(from(ids.map(spoken)).pipe(augment(options), toArray()));
const none: Options = { speeds: [1], noise: 0, room: 0 };

describe('augment', () => {
  const folder = temporaryFolder({});
  const ids = Array.from({ length: 40 }, (_, index) => `u${index}`);

  it('draws by seed and id alone: the same in any order, another for another epoch or seed', async () => {
    const made = await all(ids, {});
    const backwards = await all([...ids].reverse(), {});
    assert.deepEqual(backwards.reverse(), made);
    const changed = (other: readonly Waveform[]) =>
      other.filter(
        ({ samples }, index) => !Buffer.from(samples.buffer).equals(Buffer.from(made[index]!.samples.buffer)),
      );
    const nextEpoch = await all(
      ids.map((id) => `${id}~2`),
      {},
    );
    assert.ok(changed(nextEpoch).length > 10);
    assert.ok(changed(await all(ids, { seed: 2 })).length > 10);
  });

  it('gives what nothing was drawn for as it came', async () => {
    const [record] = [spoken('a')];
    const [made] = await lastValueFrom(from([record]).pipe(augment(none), toArray()));
    assert.equal(made, record);
  });

  it('tells the duration that a speed makes', async () => {
    const [made] = await all(['a'], { ...none, speeds: [0.8] });
    assert.equal(made!.origin.duration, made!.samples.length / RATE);
    assert.ok(Math.abs(made!.origin.duration - 0.625) < 1e-3);
  });

  it('adds the noises and the rooms that are named', async () => {
    const path = join(folder, 'hum.wav');
    const hum = Float32Array.from({ length: RATE }, (_, n) => 0.1 * Math.sin((2 * Math.PI * 1000 * n) / RATE));
    await writeFile(path, writeWav([hum], RATE, 'float32'));
    const [noisy] = await all(['a'], { ...none, noise: 1, noises: [path], decibels: [10, 10] });
    const added = noisy!.samples.map((sample, n) => sample - spoken('a').samples[n]!);
    // All of what was added is at 1 kHz: a resonator there takes it away.
    const rest = added
      .slice(2)
      .map((sample, n) => sample - 2 * Math.cos((2 * Math.PI) / 16) * added[n + 1]! + added[n]!);
    const size = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0));
    assert.ok(size(added) > 1 && size(rest) < 0.01 * size(added));

    const echo = new Float32Array(2000);
    echo[0] = 0.9;
    await writeFile(join(folder, 'dry.wav'), writeWav([echo], RATE, 'float32'));
    const [dry] = await all(['a'], { ...none, room: 1, rooms: [join(folder, 'dry.wav')] });
    spoken('a').samples.forEach((sample, n) => assert.ok(Math.abs(sample - dry!.samples[n]!) < 1e-4));
  });

  it('says before the run which noise is not there, and refuses ranges that fall', async () => {
    await assert.rejects(all(['a'], { noises: [join(folder, 'nothing')] }), UsageError);
    assert.throws(() => augment({ decibels: [9, 3] }), UsageError);
  });
});
