import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import type { CompiledFunction, NumberArray } from '../../src/tensors/compile/compile.ts';
import { recordingBackend } from '../../src/tensors/compile/kernels.ts';
import { decoderCache } from '../../src/whisper/compiled-cache.ts';
import { compileNetworks, type CompiledNetworks } from '../../src/whisper/compiled-networks.ts';
import { decoderQueue } from '../../src/whisper/compiled-queue.ts';
import { openCompiledSession } from '../../src/whisper/compiled-session.ts';
import { weightShapes } from '../../src/whisper/dimensions.ts';
import type { DecoderSession, Evidence, StepOutput } from '../../src/whisper/speech-model.ts';
import { loadWeights } from '../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../support/devices.ts';
import { randomNumbers, tinyDimensions, tinyWeights } from '../support/tiny-model.ts';

const dimensions = tinyDimensions;
const { width, vocabularySize, textPositions } = dimensions;
const endOfText = 260;
const stored = tinyWeights();

/** How many utterances one run of the decoder was about. */
const breadthOf = (inputs: Readonly<Record<string, NumberArray>>) => inputs['tokens']!.shape[0]!;

describe('decoding many utterances at once', function () {
  this.timeout(120_000);
  keepBackend();
  let networks: CompiledNetworks;
  /** Utterances of every run of a test. */
  let runs: number[] = [];
  let whileRunning: () => void = () => undefined;
  let fail: (inputs: Readonly<Record<string, NumberArray>>) => boolean = () => false;

  before(async function () {
    await compiledDevice(this);
    const weights = await recordingBackend().within(() =>
      loadWeights(
        {
          path: 'random weights',
          shapes: weightShapes(dimensions),
          read: (name) => Promise.resolve(stored.get(name)!),
          close: () => Promise.resolve(),
        },
        dimensions,
      ),
    );
    const { encoder, audio, decoder } = await compileNetworks(
      weights,
      dimensions,
      [
        [0, 1],
        [1, 2],
      ],
      endOfText,
    );
    tf.dispose([...weights.values()]);
    const watched: CompiledFunction = {
      async run(inputs, wanted) {
        runs.push(breadthOf(inputs));
        if (fail(inputs)) throw new Error('a fault of the runtime');
        const answer = decoder.run(inputs, wanted);
        whileRunning();
        return answer;
      },
      dispose: () => decoder.dispose(),
    };
    networks = { encoder, audio, decoder: watched };
  });
  beforeEach(() => {
    runs = [];
    fail = () => false;
    whileRunning = () => undefined;
  });

  /** Sessions that share runs. */
  const company = () => {
    const cache = decoderCache(networks, dimensions);
    const queue = decoderQueue(networks.decoder, cache, endOfText);
    return {
      cache,
      open: (seed: number, positions: number, evidence?: Evidence) =>
        openCompiledSession(statesOf(seed, positions), positions, cache, queue, dimensions, evidence),
    };
  };
  const statesOf = (seed: number, positions: number) => {
    const next = randomNumbers(seed);
    return Float32Array.from({ length: positions * width }, next);
  };

  /** One utterance's search: rows that are continued, dropped and doubled as its seed says. */
  interface Search {
    readonly seed: number;
    readonly positions: number;
    readonly prompts: number;
    readonly paths: number;
    readonly steps: number;
  }

  async function run(session: DecoderSession, { seed, prompts, paths, steps }: Search): Promise<StepOutput[]> {
    const next = randomNumbers(seed + 1);
    const below = (limit: number) => Math.floor(((next() + 1) / 2) * limit);
    const rows = Array.from({ length: prompts }, () => [261, below(256), below(256)]);
    const outputs = await session.prefill(rows, [0, 2]);
    let there = 1;
    for (let step = 0; step < steps; step++) {
      const parents: number[] = [];
      const tokens: number[] = [];
      for (let path = 0; path < paths; path++) {
        const [parent, token] = [below(there), below(256)];
        for (let prompt = 0; prompt < prompts; prompt++) {
          parents.push(parent * prompts + prompt);
          tokens.push(token);
        }
      }
      outputs.push(await session.step(Int32Array.from(parents), Int32Array.from(tokens)));
      if (step % 3 === 2) outputs.push(await session.again());
      there = paths;
    }
    return outputs;
  }

  function assertSame(ours: readonly StepOutput[], theirs: readonly StepOutput[]): void {
    assert.equal(ours.length, theirs.length);
    ours.forEach((output, index) => {
      for (const part of ['logProbabilities', 'states', 'attention'] as const) {
        const [a, b] = [output[part], theirs[index]![part]];
        assert.equal(a?.length, b?.length);
        const worst = a?.reduce((most, value, i) => Math.max(most, Math.abs(value - b![i]!)), 0) ?? 0;
        assert.equal(worst, 0, `${part} of answer ${index} differ by ${worst}`);
      }
      assert.deepEqual(output.listed, theirs[index]!.listed);
    });
  }

  const search = fc.record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    positions: fc.integer({ min: 1, max: 40 }),
    prompts: fc.integer({ min: 1, max: 2 }),
    paths: fc.integer({ min: 1, max: 6 }),
    steps: fc.integer({ min: 0, max: textPositions - 3 }),
  });

  /** Two groups of ordinary tokens; the first three tokens are told by themselves. */
  const shortlistOf = (groups: number) => {
    const membership = new Float32Array(groups * endOfText);
    for (let token = 3; token < endOfText; token++) membership[(token % groups) * endOfText + token] = 1;
    return { groups, membership, listed: Int32Array.of(0, 1, 2), power: 0.5 };
  };

  it('gives each what it gets alone, to the bit, whoever shares its runs, enters or leaves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(search, { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (all, most, listed) => {
          const evidence = { states: true, attention: true, ...(listed && { shortlist: shortlistOf(2) }) };
          const { open, cache } = company();
          const answers: StepOutput[][] = [];
          const waiting = all.map((one, index) => ({ one, index }));
          const work = async () => {
            for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
              const session = await open(task.one.seed, task.one.positions, evidence);
              answers[task.index] = await run(session, task.one);
              session.dispose();
            }
          };
          await Promise.all(Array.from({ length: most }, work));
          assert.equal(cache.open(), 0);
          for (const [index, one] of all.entries()) {
            const session = await company().open(one.seed, one.positions, evidence);
            assertSame(answers[index]!, await run(session, one));
            session.dispose();
          }
        },
      ),
      { numRuns: Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 8) },
    );
  });

  it('takes the steps of all that wait in one run', async () => {
    const { open } = company();
    const sessions = await Promise.all([1, 2, 3, 4].map((seed) => open(seed, 10 + seed)));
    const each = (work: (session: DecoderSession) => Promise<unknown>) => Promise.all(sessions.map(work));
    await each((session) => session.prefill([[261, 7]], [1]));
    for (let i = 0; i < 3; i++) await each((session) => session.step(Int32Array.of(0, 0), Int32Array.of(5, 6)));
    assert.deepEqual(runs, [4, 4, 4, 4]);
    for (const session of sessions) session.dispose();
  });

  it('takes who wants whole rows, on a shortlist or without one, in the run of those that want a list', async () => {
    const { open } = company();
    const shortlist = shortlistOf(2);
    const listing = { states: false, attention: false, shortlist };
    // The last has another list, and waits for a run that is not that of the first.
    const asked = [listing, undefined, listing, { ...listing, shortlist: shortlistOf(3) }] as const;
    const wantsWhole = [false, false, true, false];
    const decode = async (session: DecoderSession, index: number) => [
      ...(await session.prefill([[261, 7]], [0, 1], wantsWhole[index])),
      await session.step(Int32Array.of(0, 0, 0), Int32Array.of(5, 6, 9), wantsWhole[index]),
    ];
    const sessions = await Promise.all(asked.map((evidence, index) => open(index, 10 + index, evidence)));
    const answers = await Promise.all(sessions.map(decode));
    assert.equal(runs[0], 3);
    for (const [index, output] of answers.entries()) {
      const alone = await company().open(index, 10 + index, asked[index]);
      assertSame(output, await decode(alone, index));
      for (const { logProbabilities, listed } of output) {
        assert.equal(listed === null, index === 1);
        assert.equal(logProbabilities === null, index === 0 || index === 3);
      }
      for (const session of [alone, sessions[index]!]) session.dispose();
    }
  });

  it('waits for nobody that asks for nothing', async () => {
    const { open } = company();
    const sessions = await Promise.all([1, 2, 3].map((seed) => open(seed, 12)));
    const [first, , third] = sessions as [DecoderSession, DecoderSession, DecoderSession];
    await Promise.all([first.prefill([[261]], [0]), third.prefill([[261]], [0])]);
    await third.step(Int32Array.of(0), Int32Array.of(9));
    // One idle slot lies between the two; alone, the third is alone.
    assert.deepEqual(runs, [3, 1]);
    for (const session of sessions) session.dispose();
  });

  it('moves those together that are left of many', async () => {
    const { open, cache } = company();
    const sessions = await Promise.all(Array.from({ length: 9 }, (_, seed) => open(seed, 10 + seed)));
    const decode = (session: DecoderSession) => session.step(Int32Array.of(0, 0), Int32Array.of(5, 6));
    await Promise.all(sessions.map((session) => session.prefill([[261, 7]], [1])));
    const left = [2, 5, 8].map((index) => sessions[index]!);
    for (const session of sessions) if (!left.includes(session)) session.dispose();
    runs = [];
    const outputs = await Promise.all(left.map(decode));
    const after = await Promise.all(left.map(decode));
    assert.equal(runs.length, 2);
    assert.ok(Math.max(...runs) <= 5, `${runs.join()} slots wide`);
    // One that enters has a slot of its own.
    const enters = await open(3, 40);
    await enters.prefill([[261, 9]], [1]);
    for (const [index, seed] of [2, 5, 8].entries()) {
      const alone = await company().open(seed, 10 + seed);
      await alone.prefill([[261, 7]], [1]);
      assertSame([outputs[index]!, after[index]!], [await decode(alone), await decode(alone)]);
      assertSame([await decode(left[index]!)], [await decode(alone)]);
      alone.dispose();
    }
    for (const session of [...left, enters]) session.dispose();
    assert.equal(cache.open(), 0);
  });

  it('tells a fault of the runtime to the utterance that it is about, and goes on with the others', async () => {
    const { open } = company();
    const sessions = await Promise.all([1, 2, 3].map((seed) => open(seed, 12)));
    await Promise.all(sessions.map((session) => session.prefill([[261, 7]], [1])));
    fail = ({ tokens }) => tokens!.values.includes(13);
    const settled = await Promise.allSettled(
      sessions.map((session, index) => session.step(Int32Array.of(0), Int32Array.of(index === 1 ? 13 : 14))),
    );
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    fail = () => false;
    const after = await Promise.all(sessions.map((session) => session.step(Int32Array.of(0), Int32Array.of(15))));
    const alone = await company().open(2, 12);
    await alone.prefill([[261, 7]], [1]);
    // The step that failed did not happen.
    assertSame([after[1]!], [await alone.step(Int32Array.of(0), Int32Array.of(15))]);
    for (const session of [...sessions, alone]) session.dispose();
  });

  it('lets a session end at any moment', async () => {
    const { open, cache } = company();
    const [stays, leaves] = await Promise.all([open(1, 12), open(2, 30)]);
    await Promise.all([stays.prefill([[261, 7]], [1]), leaves.prefill([[261, 7]], [1])]);
    const waiting = leaves.step(Int32Array.of(0), Int32Array.of(3));
    leaves.dispose();
    leaves.dispose();
    await assert.rejects(waiting, /disposed/);
    await assert.rejects(leaves.step(Int32Array.of(0), Int32Array.of(3)), /disposed/);
    const inFlight = Promise.all([stays.step(Int32Array.of(0), Int32Array.of(3))]);
    const enters = await open(3, 20);
    await enters.prefill([[261, 8]], [1]);
    const alone = await company().open(1, 12);
    await alone.prefill([[261, 7]], [1]);
    assertSame(await inFlight, [await alone.step(Int32Array.of(0), Int32Array.of(3))]);
    for (const session of [stays, enters, alone]) session.dispose();
    assert.equal(cache.open(), 0);
  });

  it('ends what is under way when all sessions end, and nothing of it stays', async () => {
    const { open, cache } = company();
    const sessions = await Promise.all([open(1, 12), open(2, 30)]);
    await Promise.all(sessions.map((session) => session.prefill([[261, 7]], [1])));
    whileRunning = () => {
      for (const session of sessions) session.dispose();
    };
    const outputs = await Promise.all(sessions.map((session) => session.step(Int32Array.of(0), Int32Array.of(3))));
    assert.ok(outputs.every(({ logProbabilities }) => logProbabilities?.length === vocabularySize));
    assert.deepEqual(cache.capacities(), { audio: 0, tokens: 0 });
  });

  it('keeps the many tokens of one while another enters', async () => {
    const rows = Array.from({ length: 12 }, (_, row) => row);
    const decodeWith = async (others: number) => {
      const { open } = company();
      const session = await open(1, 12);
      await session.prefill([[261]], [0]);
      await session.step(new Int32Array(12), Int32Array.from(rows));
      for (let step = 0; step < 8; step++) await session.step(Int32Array.from(rows), Int32Array.from(rows));
      for (let other = 0; other < others; other++) await open(2 + other, 20);
      return [await session.step(Int32Array.from(rows), Int32Array.from(rows))];
    };
    assertSame(await decodeWith(2), await decodeWith(0));
  });

  it('hears the audio of a window once, when who detected its language comes back to decode', async () => {
    let heard = 0;
    const audio: CompiledFunction = {
      run: (inputs, wanted) => {
        heard += 1;
        return networks.audio.run(inputs, wanted);
      },
      dispose: () => networks.audio.dispose(),
    };
    const cache = decoderCache({ audio }, dimensions);
    const states = Array.from({ length: 5 }, (_, seed) => statesOf(seed, 10));
    const stays = await cache.enter(states[0]!, 10);
    for (const window of states.slice(1, 3)) cache.leave(await cache.enter(window, 10));
    assert.equal(heard, 3);
    const slots = [await cache.enter(states[1]!, 10), await cache.enter(states[2]!, 10)];
    assert.equal(heard, 3);
    assert.equal(new Set([stays, ...slots].map(({ index }) => index)).size, 3);
    // One that is in use is not shared.
    slots.push(await cache.enter(states[1]!, 10));
    assert.equal(heard, 4);
    // Those that left do not pile up.
    for (const slot of slots) cache.leave(slot);
    for (const window of states.slice(3)) cache.leave(await cache.enter(window, 10));
    assert.ok((await cache.enter(states[4]!, 10)).index < 4);
    assert.equal(heard, 6);
  });

  it('refuses states that are no numbers, which would spread to others', async () => {
    const cache = decoderCache(networks, dimensions);
    await assert.rejects(cache.enter(new Float32Array(4 * width).fill(NaN), 4), RecordError);
    assert.equal(cache.open(), 0);
  });

  it('tells lists where a shortlist was asked for, whole rows on demand, and both agree', async () => {
    const groups = 2;
    const { open } = company();
    const evidence = { states: false, attention: false, shortlist: shortlistOf(groups) };
    const sessions = await Promise.all([4, 5].map((seed) => open(seed, 9, evidence)));
    await Promise.all(
      sessions.map((session) =>
        session.prefill(
          [
            [261, 7],
            [261, 8],
          ],
          [0, 1],
        ),
      ),
    );
    runs = [];
    const outputs = await Promise.all(
      sessions.map((session) => session.step(Int32Array.of(0, 1, 0, 1), Int32Array.of(5, 5, 6, 6))),
    );
    assert.deepEqual(runs, [2]);
    for (const [index, { logProbabilities, listed }] of outputs.entries()) {
      assert.equal(logProbabilities, null);
      const whole = (await sessions[index]!.again()).logProbabilities!;
      for (let row = 0; row < 4; row++) {
        const of = (token: number) => whole[row * vocabularySize + token]!;
        for (let i = 0; i < 3; i++) assert.ok(Math.abs(listed!.listed[row * 3 + i]! - of(i)) < 1e-4);
        for (let group = 0; group < groups; group++) {
          let mass = 0;
          for (let token = 3; token < endOfText; token++) if (token % groups === group) mass += Math.exp(of(token));
          assert.ok(Math.abs(listed!.masses[row * groups + group]! - mass) < 1e-5);
        }
      }
    }
    for (const session of sessions) session.dispose();
  });
});
