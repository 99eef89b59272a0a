import assert from 'node:assert/strict';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { score } from '../../src/operators/score.ts';
import type { Hypothesis, Score, Utterance, Waveform } from '../../src/records.ts';
import { hypothesisOf } from '../support/scored.ts';

const origin = { path: 'talk.wav', start: 10, duration: 3, reference: '今天是 Tuesday', speaker: null, piece: null };
const heard = hypothesisOf('今天是 Thursday', { origin });

const utterance: Utterance = {
  kind: 'utterance',
  id: 'u',
  path: 'talk.wav',
  start: 10,
  duration: 3,
  reference: '今天是 Thursday',
  language: null,
  speaker: null,
};

/** Three seconds of which the middle one is loud. */
const waveform: Waveform = {
  kind: 'waveform',
  id: 'u',
  origin,
  samples: Float32Array.from({ length: 48_000 }, (_, n) => (n >= 16_000 && n < 32_000 ? Math.sin(n / 5) : 0)),
  sampleRate: 16_000,
};

const scoreOf = (
  input: { hypothesis: Hypothesis; reference?: Utterance; waveform?: Waveform },
  options: Parameters<typeof score>[0] = {},
): Promise<Score> => lastValueFrom(of(input).pipe(score(options)));

describe('score', () => {
  it('holds a hypothesis against the reference of its origin, under a named profile', async () => {
    const made = await scoreOf({ hypothesis: heard }, { system: 'mine' });
    assert.equal(made.kind, 'score');
    assert.equal(made.system, 'mine');
    assert.equal(made.profile, 'canonical');
    assert.equal(made.reference, '今天是 Tuesday');
    assert.deepEqual(
      made.alignment.map(({ operation, reference, hypothesis }) => [operation, reference, hypothesis]),
      [
        ['hit', '今', '今'],
        ['hit', '天', '天'],
        ['hit', '是', '是'],
        ['substitution', 'tuesday', 'thursday'],
      ],
    );
    assert.equal((await scoreOf({ hypothesis: heard })).system, 'm');
  });

  it('takes the reference of a wired utterance before that of the origin', async () => {
    const made = await scoreOf({ hypothesis: heard, reference: utterance });
    assert.equal(made.counts.overall.hits, 4);
    assert.equal(made.reference, '今天是 Thursday');
  });

  it('measures speech without text where it has the audio, in the time of the recording', async () => {
    const segment = { start: 11.5, end: 20, text: '是' } as Hypothesis['segments'][number];
    const blank = { start: 10, end: 20, text: ' ' } as Hypothesis['segments'][number];
    const silent = { words: null, tokenScores: [] };
    const hypothesis = { ...heard, segments: [segment, blank].map((each) => ({ ...each, ...silent })) };
    const { coverage } = (await scoreOf({ hypothesis, waveform }, { voice: 'energy' })).counts;
    assert.equal(coverage.utterances, 1);
    // Frames are 32 ms long.
    assert.ok(Math.abs(coverage.speech - 1) < 0.07, `${coverage.speech}`);
    assert.ok(Math.abs(coverage.uncovered - 0.5) < 0.05, `${coverage.uncovered}`);
    const unheard = (await scoreOf({ hypothesis })).counts.coverage;
    assert.deepEqual(unheard, { utterances: 0, speech: 0, uncovered: 0 });
  });

  it('counts as far from a switch as it is told', async () => {
    const { counts } = await scoreOf({ hypothesis: heard }, { switchWindow: 2 });
    assert.deepEqual(
      counts.nearSwitches.map(({ units }) => units),
      [2, 3],
    );
  });

  it('tells other languages apart where they are declared', async () => {
    const made = await scoreOf(
      { hypothesis: hypothesisOf('привет world', { origin: { ...origin, reference: 'привет мир' } }) },
      { languages: ['ru', 'en'] },
    );
    assert.equal(made.utteranceType, 'ru');
    assert.deepEqual(made.counts.confusion, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  const faults: readonly (readonly [string, Parameters<typeof scoreOf>[0], string, RegExp])[] = [
    [
      'an utterance without a reference',
      { hypothesis: { ...heard, origin: { ...origin, reference: null } } },
      'no-reference',
      /talk\.wav.*manifest.*port "reference"/,
    ],
    [
      'a wired utterance without one',
      { hypothesis: heard, reference: { ...utterance, reference: null } },
      'no-reference',
      /talk\.wav/,
    ],
    [
      'a piece of a recording whose reference is of the whole',
      { hypothesis: { ...heard, origin: { ...origin, piece: { recording: 'talk', index: 1, count: 3 } } } },
      'piece-of-reference',
      /piece 2 of 3 of talk\.wav.*"join-pieces" before "score"/,
    ],
    [
      'audio at another rate',
      { hypothesis: heard, waveform: { ...waveform, sampleRate: 8000 } },
      'sample-rate',
      /8000 Hz; put "resample" before "score"/,
    ],
  ];
  for (const [says, input, code, message] of faults) {
    it(`makes an error of ${says}, with the mend`, () =>
      assert.rejects(
        scoreOf(input),
        (error) => error instanceof RecordError && error.code === code && message.test(error.message),
      ));
  }

  it('refuses a profile that there is not, and languages that scripts cannot tell apart', async () => {
    assert.throws(() => score({ profile: 'nonsense' }), UsageError);
    const chain = lastValueFrom(from([{ hypothesis: heard }]).pipe(score({ languages: ['en', 'de'] }), toArray()));
    await assert.rejects(chain, UsageError);
  });
});
