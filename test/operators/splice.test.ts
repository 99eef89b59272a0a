import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { spliced, withoutQuietEnds } from '../../src/audio/splice.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { splice } from '../../src/operators/splice.ts';
import type { AnyRecord, Waveform } from '../../src/records.ts';
import { planOf, sinkTo, sourceOf } from '../support/plans.ts';
import { origin } from '../support/sample-records.ts';

type Options = NonNullable<Parameters<typeof splice>[0]>;

const RATE = 16_000;
/** Silence, a tone, silence. */
const tone = (seconds: number, height = 0.5, quiet = 0.2): Float32Array => {
  const [edge, length] = [Math.round(quiet * RATE), Math.round(seconds * RATE)];
  const samples = new Float32Array(2 * edge + length);
  for (let n = 0; n < length; n++) samples[edge + n] = height * Math.sin(n / 4);
  return samples;
};
function spoken(id: string, reference: string, samples = tone(1)): Waveform {
  const { length } = samples;
  return { kind: 'waveform', id, origin: { ...origin, reference, duration: length / RATE }, samples, sampleRate: RATE };
}
const splicedOf = (records: readonly Waveform[], options: Options): Promise<Waveform[]> =>
  lastValueFrom(from(records).pipe(splice(options), toArray()));

describe('splice', () => {
  it('takes the quiet at the ends away, but a little room', () => {
    const made = withoutQuietEnds(tone(0.5), RATE);
    assert.ok(Math.abs(made.length / RATE - 0.56) < 0.021);
    assert.deepEqual(withoutQuietEnds(new Float32Array(50), RATE), new Float32Array(50));
  });

  it('joins two parts with the pause that is asked for, equally loud, without a jump', () => {
    const joined = spliced([tone(0.5, 0.5, 0), tone(0.5, 0.1, 0)], [0.1], RATE);
    assert.equal(joined.length, 1.1 * RATE);
    const power = (from: number, to: number) =>
      joined.subarray(from * RATE, to * RATE).reduce((sum, x) => sum + x * x, 0) / ((to - from) * RATE);
    assert.ok(Math.abs(power(0.1, 0.4) / power(0.7, 1) - 1) < 0.05);
    assert.equal(power(0.5, 0.6), 0);
    // A tone of this height never rises faster.
    const steepest = joined.reduce((most, x, n) => Math.max(most, Math.abs(x - (joined[n - 1] ?? 0))), 0);
    assert.ok(steepest < 0.5 / 4 + 0.01);
  });

  it('makes of one language and the other an utterance with both texts', async () => {
    const [made, ...rest] = await splicedOf([spoken('a', '我要'), spoken('b', 'no topping')], { share: 1 });
    assert.deepEqual(rest, []);
    const isChineseFirst = made!.id === 'a+b';
    assert.ok(isChineseFirst || made!.id === 'b+a');
    assert.equal(made!.origin.reference, isChineseFirst ? '我要 no topping' : 'no topping 我要');
    assert.equal(made!.origin.duration, made!.samples.length / RATE);
  });

  it('never joins one language to itself, nor what is mixed, has no text or is too long', async () => {
    const records = [
      spoken('a', '你好'),
      spoken('b', '再见'),
      spoken('c', '这个 idea'),
      spoken('d', ''),
      spoken('e', 'hello', tone(20)),
    ];
    const made = await splicedOf(records, { share: 1 });
    assert.deepEqual(made.map(({ id }) => id).sort(), ['a', 'b', 'c', 'd', 'e']);
  });

  it('loses no utterance and uses none twice, in a graph too, whatever comes', () => {
    const texts = fc.constantFrom('你好', 'hello', '一个 test', '');
    return fc.assert(
      fc.asyncProperty(
        fc.array(texts, { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (references, wait, share) => {
          const records = references.map((reference, at) => spoken(`u${at}`, reference, tone(0.1)));
          const taken: AnyRecord[] = [];
          const graph = startGraph(
            planOf(
              {
                source: { op: sourceOf(() => records) },
                splice: { op: splice, from: 'source', with: { share, wait } },
                sink: { op: sinkTo(taken), from: 'splice' },
              },
              2 * wait + 1,
            ),
            { note: () => undefined },
          );
          const report = await graph.finished;
          assert.deepEqual([report.outcome, report.conserved, report.written], ['done', true, records.length]);
          const used = taken.flatMap(({ id }) => id.split('+')).sort();
          assert.deepEqual(used, records.map(({ id }) => id).sort());
          const again = await splicedOf(records, { share, wait });
          assert.deepEqual(again, taken);
        },
      ),
      { numRuns: 40 },
    );
  });
});
