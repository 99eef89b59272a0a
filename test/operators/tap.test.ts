import assert from 'node:assert/strict';
import { startGraph } from '../../src/graphs/run.ts';
import { tap } from '../../src/operators/tap.ts';
import type { AnyRecord } from '../../src/records.ts';
import { planOf, sinkTo, sourceOf, utterance, utterances } from '../support/plans.ts';

async function notes(
  records: readonly AnyRecord[],
  options: Record<string, unknown>,
): Promise<[lines: string[], taken: AnyRecord[]]> {
  const lines: string[] = [];
  const taken: AnyRecord[] = [];
  const plan = planOf({
    source: { op: sourceOf(() => records) },
    tap: { op: tap, from: 'source', with: options },
    sink: { op: sinkTo(taken), from: 'tap' },
  });
  await startGraph(plan, { note: (line) => lines.push(line) }).finished;
  return [lines, taken];
}

describe('tap', () => {
  it('passes on the very records that came', async () => {
    const records = utterances(5);
    const [, taken] = await notes(records, {});
    assert.equal(taken.length, 5);
    assert.ok(taken.every((record, index) => record === records[index]));
  });

  it('tells of the first records, then of every n-th, and is silent where that is asked', async () => {
    const counts = async (options: Record<string, unknown>) =>
      (await notes(utterances(10), options))[0].map((line) => line.split(' ')[1]);
    assert.deepEqual(await counts({ first: 2, every: 4 }), ['1', '2', '4', '8']);
    assert.deepEqual(await counts({ first: 1, every: null }), ['1']);
    assert.deepEqual(await counts({ first: 0, every: null }), []);
  });

  it('tells kind, id, seconds and the beginning of the text, in one line', async () => {
    const origin = { path: 'a.wav', start: 0, duration: 2.345, reference: null, speaker: null, piece: null };
    const text = `你好\n${'界'.repeat(80)}`;
    const hypothesis: AnyRecord = {
      kind: 'hypothesis',
      id: 'a',
      origin,
      model: 'm',
      language: 'zh',
      languageProbability: null,
      languages: [],
      text,
      segments: [],
      languageSpans: [],
      guardedWindows: 0,
      nBest: null,
    };
    const [lines] = await notes([utterance('x', null), hypothesis], { label: 'text' });
    assert.deepEqual(lines, ['text: 1 utterance x', `text: 2 hypothesis a, 2.35 s: 你好 ${'界'.repeat(57)} …`]);
  });
});
