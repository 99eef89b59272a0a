import assert from 'node:assert/strict';
import { holdings, leastInFlight } from '../../src/graphs/checking/deadlock.ts';
import type { PlannedNode } from '../../src/graphs/plan.ts';
import { checkText } from './load-text.ts';

const SOURCE = '{ "op": "read-manifest", "with": { "path": "a.jsonl" } }';
const SINK = '{ "op": "write-arrow", "with": { "path": "out.arrow" } }';
const batches = (inFlight: number, ...sizes: number[]) =>
  `{ "inFlight": ${inFlight}, "steps": [ ${SOURCE}, ${sizes.map((size) => `{ "op": "batch", "with": { "size": ${size} } }, `).join('')} ${SINK} ] }`;

/**
 * Lets records flow through gathers in a row, as greedily as they can be held, and tells whether all come through.
 * @param sizes How many records each gather waits for.
 */
function flows(inFlight: number, sizes: readonly number[]): boolean {
  const held = sizes.map((): number[] => []);
  const needed = sizes.reduce((product, size) => product * size, 1) * 3;
  let [open, written] = [0, 0];
  for (let pulled = 0; pulled < needed; pulled++) {
    if (open === inFlight) return false;
    open++;
    let passing: number | null = 1;
    for (const [index, size] of sizes.entries()) {
      if (passing === null) break;
      held[index]!.push(passing);
      passing = null;
      if (held[index]!.length === size) passing = held[index]!.splice(0).reduce((sum, leases) => sum + leases, 0);
    }
    if (passing !== null) [open, written] = [open - passing, written + passing];
  }
  return written === needed;
}

describe('check', () => {
  it('refuses gathers in a row exactly where letting records flow comes to a standstill', async () => {
    for (const sizes of [[1], [2], [5], [2, 2], [3, 2], [1, 4], [2, 2, 2], [3, 1, 2]]) {
      for (let inFlight = 1; inFlight <= 10; inFlight++) {
        const { plan, told } = await checkText(batches(inFlight, ...sizes));
        assert.equal(plan !== null, flows(inFlight, sizes), `${sizes.join(', ')} with ${inFlight}: ${told.join()}`);
      }
    }
  });

  it('allows a gather with a time limit to hold more than there is', async () => {
    const text = batches(2, 5).replace('"size": 5', '"size": 5, "seconds": 1');
    assert.deepEqual((await checkText(text)).told, []);
  });

  it('adds up gathers on branches, as each may hold other records', async () => {
    const branches = (inFlight: number) => `{ "inFlight": ${inFlight}, "nodes": { "m": ${SOURCE},
      "odd": { "op": "filter", "from": "m" }, "b1": { "op": "batch", "from": "odd" }, "s1": { "op": "write-arrow", "from": "b1", "with": { "path": "1.arrow" } },
      "even": { "op": "filter", "from": "m" }, "b2": { "op": "batch", "from": "even" }, "s2": { "op": "write-arrow", "from": "b2", "with": { "path": "2.arrow" } } } }`;
    assert.match((await checkText(branches(6))).told.join(), /"b1", "b2"; set "inFlight" to at least 7/);
    assert.deepEqual((await checkText(branches(7))).told, []);
  });

  it('knows no end of waiting for a gather that holds all', () => {
    const node = {
      id: 'all',
      inputs: new Map(),
      options: {},
      operator: { description: { shape: 'gather', holds: () => Infinity } },
    };
    assert.equal(leastInFlight(holdings([node as unknown as PlannedNode])), Infinity);
  });

  it('foretells bytes that grow with records in flight and seconds of audio', async () => {
    const text = (inFlight: number, seconds: number) =>
      `{ "inFlight": ${inFlight}, "longestSeconds": ${seconds}, "steps": [ ${SOURCE}, "read-audio", "filter", "log-mel", ${SINK} ] }`;
    const bytes = async (inFlight: number, seconds: number) => (await checkText(text(inFlight, seconds))).memory!.bytes;
    const one = await bytes(1, 30);
    assert.ok(one >= 30 * (48_000 * 4 + 100 * 128 * 4));
    assert.ok(one <= 30 * (48_000 * 4 + 100 * 128 * 4) + 10_000);
    assert.equal(await bytes(7, 30), 7 * one);
    assert.ok((await bytes(1, 60)) > 1.9 * one);
  });

  it('warns of a concurrency that is never reached', async () => {
    const text = `{ "inFlight": 2, "steps": [ ${SOURCE}, { "op": "read-audio", "concurrency": 3 }, ${SINK} ] }`;
    const { told, warnings } = await checkText(text);
    assert.deepEqual(told, []);
    assert.deepEqual(warnings, ['read-audio: a concurrency of 3 is never reached with 2 records in flight']);
  });

  it('warns of a join of two sources, and of none where both ports have one', async () => {
    const text = (language: string) => `{ "nodes": { "m": ${SOURCE}, "n": ${SOURCE.replace('a.jsonl', 'b.jsonl')}, ${[
      'm',
      'n',
    ]
      .map(
        (id) => `"a${id}": { "op": "read-audio", "from": "${id}" }, "f${id}": { "op": "log-mel", "from": "a${id}" },
        "e${id}": { "op": "encode", "from": "f${id}", "with": { "model": "m" } }, "l${id}": { "op": "detect-language", "from": "e${id}" },
        "s${id}": { "op": "write-arrow", "from": "l${id}", "with": { "path": "${id}.arrow" } },`,
      )
      .join('')}
      "b": { "op": "beam-search", "from": { "encoding": "em", "language": "${language}" } }, "t": { "op": "write-arrow", "from": ["b"], "with": { "path": "t.arrow" } },
      "o": { "op": "write-arrow", "from": "en", "with": { "path": "o.arrow" } } } }`;
    assert.match((await checkText(text('ln'))).warnings.join(), /^b: joins records of "m" and "n"; /);
    assert.deepEqual((await checkText(text('lm'))).warnings, []);
  });

  it('gives the resolved pipeline, which is a pipeline with the same plan', async () => {
    const text = `{ "nodes": { "m": ${SOURCE}, "a": { "op": "read-audio", "from": "m", "concurrency": 2, "onError": { "maxRate": 0.5 } },
      "mel": { "op": "log-mel", "from": "a" }, "e": { "op": "encode", "from": "mel", "with": { "model": "m", "window": { "kind": "fit" } } },
      "l": { "op": "detect-language", "from": "e" }, "b": { "op": "beam-search", "from": { "encoding": "e", "language": "l" } },
      "s": { "op": "write-arrow", "from": "b", "with": { "path": "s.arrow" } }, "d": { "op": "write-arrow", "from": ["a.dropped"], "with": { "path": "d.arrow" } } } }`;
    const first = (await checkText(text)).plan;
    const again = (await checkText(JSON.stringify(first?.resolved))).plan;
    assert.deepEqual(again, first);
  });
});
