import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { RecordError } from '../../src/errors.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { joinPieces } from '../../src/operators/join-pieces.ts';
import { score } from '../../src/operators/score.ts';
import type { AnyRecord, Hypothesis, Score, Waveform } from '../../src/records.ts';
import { eachOf, expandOf, planOf, sinkTo, sourceOf } from '../support/plans.ts';
import { hypothesis as sample } from '../support/sample-records.ts';
import { emptyList } from '../support/stored-lists.ts';

const words = ['昨天', 'yesterday', 'was', '星期一', 'today', '明天'];
const reference = '昨天yesterday was星期一today明天';

/** Piece `index` of `count`: a second of speech every two, decoded in a window that began half a second into it. */
function piece(recording: string, index: number, count: number): Hypothesis {
  const start = 10 + 2 * index;
  const [segment] = sample.segments;
  return {
    ...sample,
    id: `${recording}#${index + 1}`,
    origin: { ...sample.origin, start, duration: 1, reference, piece: { recording, index, count } },
    language: index === 0 ? 'en' : 'zh',
    text: words[index]!,
    segments: [{ ...segment!, start, end: start + 1, seek: 50 }],
    guardedWindows: 1,
    nBest: index === 1 ? [{ ...emptyList, seek: 50 }] : null,
  };
}

/** Twelve seconds from 10 s on, loud all the way. */
const recording = (id: string): Waveform => ({
  kind: 'waveform',
  id,
  origin: { ...sample.origin, start: 10, duration: 12, reference },
  samples: Float32Array.from({ length: 12 * 16_000 }, (_, n) => Math.sin(n / 5)),
  sampleRate: 16_000,
});

const pieces = (recording: string, count: number): Hypothesis[] =>
  Array.from({ length: count }, (_, index) => piece(recording, index, count));
const join = (records: readonly Hypothesis[]): Promise<Hypothesis[]> =>
  lastValueFrom(from(records).pipe(joinPieces(), toArray()));

describe('join-pieces', () => {
  it('makes of the pieces of a recording, whatever their order, one hypothesis under its id and over its time', () =>
    fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(pieces('talk', 6), { minLength: 6 }), async (shuffled) => {
        const [whole, ...others] = await join(shuffled);
        assert.deepEqual(others, []);
        assert.equal(whole!.id, 'talk');
        assert.equal(whole!.text, reference);
        assert.equal(whole!.language, 'zh');
        assert.equal(whole!.languageProbability, null);
        assert.equal(whole!.guardedWindows, 6);
        const { start, duration, piece } = whole!.origin;
        assert.deepEqual([start, duration, piece], [10, 11, null]);
        assert.deepEqual(
          whole!.segments.map(({ start, seek }) => [start, seek]),
          [10, 12, 14, 16, 18, 20].map((start) => [start, 50 + 100 * (start - 10)]),
        );
        assert.deepEqual(whole!.nBest, [{ ...emptyList, seek: 250 }]);
      }),
      { numRuns: 20 },
    ));

  it('passes what was not cut, at once', async () => {
    const mixed = [piece('a', 0, 2), sample, piece('b', 0, 1), piece('a', 1, 2)];
    assert.deepEqual(
      (await join(mixed)).map(({ id }) => id),
      [sample.id, 'b', 'a'],
    );
    assert.equal((await join([sample]))[0], sample);
  });

  /** Recordings of six pieces, cut inside the graph, of which no more than two may be in flight at once. */
  async function scored(broken: string | null) {
    const taken: AnyRecord[] = [];
    const notes: string[] = [];
    const plan = planOf(
      {
        source: { op: sourceOf(() => ['x', 'y', 'z'].map(recording)) },
        cut: { op: expandOf(({ id }) => pieces(id, 6)), from: 'source' },
        work: {
          op: eachOf((record) => {
            if (record.id === broken) throw new RecordError('test', 'is broken');
            return record;
          }),
          from: 'cut',
        },
        whole: { op: joinPieces, from: 'work' },
        score: { op: score, from: { hypothesis: 'whole', waveform: 'source' }, with: { voice: 'energy' } },
        sink: { op: sinkTo(taken), from: 'score' },
        bad: { op: sinkTo([]), from: 'work.errors' },
      },
      2,
    );
    const report = await startGraph(plan, { note: (line) => notes.push(line) }).finished;
    return { report, notes, scores: taken as Score[] };
  }

  it('needs no more leases than there are, and lets the whole be scored against its reference', async () => {
    const { report, notes, scores } = await scored(null);
    assert.deepEqual(
      scores.map(({ id, counts: { overall } }) => [id, overall.hits, overall.substitutions + overall.deletions]),
      ['x', 'y', 'z'].map((id) => [id, 10, 0]),
    );
    // Of twelve seconds six were cut out and written.
    for (const { counts } of scores) assert.ok(Math.abs(counts.coverage.uncovered - 6) < 0.1);
    assert.deepEqual(notes, []);
    assert.deepEqual([report.conserved, report.written, report.failed, report.dropped], [true, 3, 0, 0]);
  });

  it('leaves a recording out of which a piece failed, and says so', async () => {
    const { report, notes, scores } = await scored('y#3');
    assert.deepEqual(
      scores.map(({ id }) => id),
      ['x', 'z'],
    );
    assert.deepEqual(notes, ['join-pieces: y is left out; 5 of its 6 pieces were recognised']);
    assert.deepEqual([report.conserved, report.written, report.failed], [true, 2, 1]);
  });
});
