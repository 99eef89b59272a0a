/** How a session shares the machine: with the audio that is on its way to it, and with other sessions. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defaultTranscribeOptions as defaults } from '../../src/decoding/options.ts';
import { localAgreement } from '../../src/live/agreement.ts';
import { createRecogniser, type Recogniser, type RecogniserOptions } from '../../src/live/recogniser.ts';
import type { SpeechChunk } from '../../src/records.ts';
import type { SpeechModel } from '../../src/whisper/speech-model.ts';
import { toyModel } from '../support/toy-model.ts';

const CHUNK = 0.06;

/** Hears nothing in anything, after some turns of the event loop. @param began Is told when a window is encoded. */
function deafModel(began: () => void): SpeechModel {
  const model = toyModel({
    words: ['a'],
    next: (tokens) =>
      new Map(tokens.length < 3 ? [...model.tokenizer.languages.values()].map((tag) => [tag, 0]) : [[1, 0]]),
    facts: { bands: 80 },
  });
  return {
    ...model,
    async encode(logMel, frames) {
      began();
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      return model.encode(logMel, frames);
    },
  };
}

function recogniserOf(model: SpeechModel, signal: AbortSignal, options: Partial<RecogniserOptions> = {}): Recogniser {
  const hearing = {
    ...defaults,
    languages: ['zh', 'en'],
    languagePrompt: 'single',
    rescoring: { mode: 'plain', weight: 0, otherPolicy: 'lambda', fragmentPolicy: 'ascii' },
    calibrator: null,
    mixtureWeights: null,
    listener: null,
    window: { kind: 'fit', slack: 0 },
    temperatures: [0],
    beamSize: 1,
    suppressBlank: false,
  } as never;
  return createRecogniser(model, {
    context: { longestSeconds: 12, keptSeconds: 5, silenceSeconds: 2, promptTokens: 0 },
    partial: hearing,
    final: hearing,
    policy: localAgreement({ texts: 2, margin: 1 }),
    openSeconds: 4,
    stepSeconds: 0.3,
    foresightSeconds: 0.2,
    computation: 'aware',
    mostLagSeconds: 1000,
    keyOf: (word) => word,
    convert: (text) => text,
    now: () => 0,
    signal,
    ...options,
  });
}

/** A chunk of an utterance that goes on. */
function chunkAt(index: number): SpeechChunk {
  return {
    kind: 'speech',
    id: `c${index}`,
    origin: { path: 'c', start: index * CHUNK, duration: CHUNK, reference: null, speaker: null, piece: null },
    samples: new Float32Array(16_000 * CHUNK),
    sampleRate: 16_000,
    utterance: 1,
    endOfSpeech: null,
    endsUtterance: false,
    level: -20,
    probability: 1,
  };
}

describe('a live session at work', () => {
  it('lets in all audio that has come meanwhile before it hears another window, however long one takes', async () => {
    const ended = new AbortController();
    let spoken = 0;
    let windows = 0;
    let come = 0;
    const behind: number[] = [];
    const model = deafModel(() => {
      behind.push(spoken - come);
      // As if a window took 0.6 s.
      spoken += 10;
      windows += 1;
    });
    const recogniser = recogniserOf(model, ended.signal);
    spoken = 10;
    while (windows < 20) {
      // A chunk goes through the nodes before this one in some turns.
      for (let turn = 0; turn < 4; turn++) await nextTurn();
      if (come < spoken) await recogniser.hear(chunkAt(come++));
      else if (recogniser.lag < 0.3) spoken += 1;
    }
    assert.ok(Math.max(...behind.slice(1)) <= 2, `chunks on their way when a window began: ${behind.join()}`);
    ended.abort();
    await recogniser.settle();
  });

  it('is not kept waiting by a session that is flooded: some windows later it has its turn', async () => {
    const ended = new AbortController();
    const order: string[] = [];
    const [flooded, other] = ['flooded', 'other'].map((name) =>
      recogniserOf(
        deafModel(() => order.push(name)),
        ended.signal,
      ),
    ) as [Recogniser, Recogniser];
    let index = 0;
    const flood = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        for (let i = 0; i < 2; i++) await flooded.hear(chunkAt(index++));
        await nextTurn();
      }
    };
    const flooding = flood();
    let said = 0;
    for (let round = 0; round < 10; round++) {
      const before = order.length;
      for (let i = 0; i < 6; i++) await other.hear(chunkAt(said++));
      while (!order.slice(before).includes('other')) await nextTurn();
      const ahead = order.slice(before, order.indexOf('other', before));
      assert.ok(ahead.length <= 3, `${ahead.length} windows of the flooded session came before that of the other`);
      while (other.lag > 0.1) await nextTurn();
    }
    assert.ok(order.filter((name) => name === 'flooded').length > 0);
    ended.abort();
    await flooding;
    await Promise.all([flooded.settle(), other.settle()]);
  });

  it('gives up a window that was begun before its utterance fell silent, and hears the utterance to its end', async () => {
    const ended = new AbortController();
    const words = Array.from({ length: 24 }, (_, at) => ` ${String.fromCharCode(97 + at)}`);
    /** Steps of the decoder behind each window. */
    const steps: number[] = [];
    const toy: SpeechModel = toyModel({
      words,
      next(tokens) {
        if (tokens.length < 3) return new Map([...toy.tokenizer.languages.values()].map((tag) => [tag, 0]));
        const written = tokens.filter((token) => token < words.length).length;
        return new Map([[written < words.length ? written : toy.tokenizer.endOfText, 0]]);
      },
      facts: { bands: 80 },
    });
    const model: SpeechModel = {
      ...toy,
      encode(logMel, frames) {
        steps.push(0);
        return toy.encode(logMel, frames);
      },
      async openDecoder(...given) {
        const session = await toy.openDecoder(...given);
        return {
          ...session,
          async step(...asked) {
            steps[steps.length - 1]! += 1;
            for (let turn = 0; turn < 5; turn++) await nextTurn();
            return session.step(...asked);
          },
        };
      },
    };
    const recogniser = recogniserOf(model, ended.signal, { stepSeconds: 0.3 });
    let index = 0;
    const hear = async (endOfSpeech: number | null): Promise<void> =>
      recogniser.hear({ ...chunkAt(index++), endOfSpeech });
    for (let chunk = 0; chunk < 6; chunk++) await hear(null);
    while ((steps[0] ?? 0) < 3) await nextTurn();
    await hear(null);
    const silentFrom = index * CHUNK;
    for (let chunk = 0; chunk < 3; chunk++) await hear(silentFrom);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    assert.equal(steps.length, 1, 'so short a silence may be a part of a word');
    const before = steps[0]!;
    await hear(silentFrom);
    while (steps.length < 2) await nextTurn();
    assert.ok(steps[0]! <= before + 1, `${steps[0]} steps, of which ${before} came before the silence`);
    // What was begun in the silence is not given up: it may be the last.
    while (steps[1]! < 3) await nextTurn();
    await hear(silentFrom);
    ended.abort();
    await recogniser.settle().catch(() => undefined);
    assert.equal(steps.length, 2);
  });

  it('hears an utterance again by itself where the text before it leaves nothing to be said, or is said again', async () => {
    for (const again of [[], [0, 1, 2]]) {
      // Writes a, b and c; in a window of two utterances, behind the text of the first, it ends, or writes that once more.
      const model: SpeechModel = toyModel({
        words: [' a', ' b', ' c'],
        next(tokens, { length: numbers }) {
          if (tokens.length < 3) return new Map([...model.tokenizer.languages.values()].map((tag) => [tag, 0]));
          const written = tokens.filter((token) => token < 3).length;
          const next = numbers > 80 * 100 ? again[written - 3] : written < 3 ? written : undefined;
          return new Map([[next ?? model.tokenizer.endOfText, 0]]);
        },
        facts: { bands: 80, alignmentHeads: [[0, 0]] },
        // Every token is heard at its share of the window.
        align: (tokens, positions) => ({
          scores: Float32Array.from({ length: tokens.length * positions }, (_, at) => {
            const [token, position] = [Math.floor(at / positions), at % positions];
            return -Math.abs(position - (positions * token) / tokens.length);
          }),
          heads: 1,
          tokens: tokens.length,
          positions,
          logProbabilities: new Float32Array(tokens.length - 1),
          logTextProbabilities: new Float32Array(tokens.length - 1),
        }),
      });
      const recogniser = recogniserOf(model, new AbortController().signal, {
        computation: 'unaware',
        openSeconds: Infinity,
        policy: { hear: () => 0, reset: () => undefined },
      });
      let index = 0;
      const speak = async (utterance: number, seconds: number): Promise<string> => {
        const chunks = Math.round(seconds / CHUNK);
        for (let at = 1; at <= chunks; at++) {
          await recogniser.hear({ ...chunkAt(index++), utterance, endsUtterance: at === chunks });
        }
        return recogniser
          .take()
          .map((text) => (text.kind === 'final' ? text.text : ''))
          .join('');
      };
      assert.equal(await speak(1, 1.5), 'a b c');
      index += 10; // of silence
      assert.equal(await speak(2, 1.5), 'a b c', `behind a text: ${again.join()}`);
      index += 10;
      if (again.length === 0) assert.equal(await speak(3, 0.6), '', 'a short sound may be none');
    }
  });
});
