/** Nobody speaks: a live session says nothing, be it that it hears so, or that it does not believe what it wrote. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { check } from '../../src/graphs/check.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { openSession } from '../../src/graphs/open-session.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import type { AnyRecord } from '../../src/records.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { shared } from '../support/shared.ts';

const RATE = 16_000;
const seconds = (length: number, sample: (i: number) => number): Float32Array =>
  Float32Array.from({ length: length * RATE }, (_, i) => sample(i));

/** Everything is taken for speech: what keeps text back is what the recogniser itself believes. */
const withoutVoiceActivity = ['nodes.speech.with.threshold=0.000001', 'nodes.speech.with.minSilenceSeconds=1000'];

/** Texts, partial ones too, and seconds that were taken for speech. */
interface Told {
  readonly texts: readonly string[];
  readonly spoken: number;
  readonly heard: number;
}

function told(records: readonly AnyRecord[]): Told {
  const readings = records.flatMap((record) => (record.kind === 'activity' ? [record] : []));
  // What is not heard cannot be written.
  assert.ok(!records.some(({ kind }) => kind === 'gap'), 'audio was lost');
  const lasting = (of: typeof readings): number => of.reduce((sum, { origin }) => sum + origin.duration, 0);
  return {
    texts: records.flatMap((record) => {
      return (record.kind === 'partial' || record.kind === 'final') && record.text.trim() !== '' ? [record.text] : [];
    }),
    spoken: lasting(readings.filter(({ speaking }) => speaking)),
    heard: readings.length,
  };
}

/** What a session makes of the signals, one after the other, with a second of silence between. */
async function pushed(signals: readonly Float32Array[], overrides: readonly string[]): Promise<Told> {
  const session = await openSession({ parameters: { device: 'cpu' }, overrides });
  const pause = new Float32Array(RATE);
  session.push(Float32Array.from(signals.flatMap((signal) => [...signal, ...pause])), RATE);
  session.end();
  const records: AnyRecord[] = [];
  for await (const event of session.events) records.push(event);
  assert.equal((await session.finished).outcome, 'done');
  return told(records);
}

/** What `diglot live --file` makes of a recording, as fast as it goes and with every hearing that speech would have. */
async function played(file: string, overrides: readonly string[]): Promise<Told> {
  const unhurried = ['nodes.audio.with.pace=null', 'nodes.recogniser.with.computation=unaware'];
  const parameters = { source: 'recording', file, device: 'cpu' };
  const [loaded] = await loadPipelines('pipelines/live.json', { parameters, overrides: [...unhurried, ...overrides] });
  const { plan } = check(loaded!);
  const records: AnyRecord[] = [];
  const taken = new Map([['records', (record: AnyRecord) => void records.push(record)]]);
  const { failure } = await startGraph(plan!, { note: () => undefined, program: { given: new Map(), taken } }).finished;
  if (failure !== null) throw failure;
  return told(records);
}

describe('where nobody speaks, a live session', function () {
  this.timeout(600_000);
  let release: (() => void) | null = null;

  before(async () => {
    // Once for all of the sessions.
    ({ release } = await acquireModel('whisper-base-int8', { device: 'cpu', precision: 'int8' }));
  });
  after(() => release?.());

  const random = randomNumbers(5);
  const signals = {
    silence: new Float32Array(4 * RATE),
    hum: seconds(3, (i) => 0.02 * Math.sin((2 * Math.PI * 50 * i) / RATE)),
    'white noise': seconds(3, () => 0.1 * (2 * random() - 1)),
    'a tone': seconds(3, (i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / RATE)),
    clicks: seconds(3, (i) => (i % 8000 === 0 ? 0.9 : 0)),
  };

  it('writes nothing over silence, hum, noise, a tone and clicks', async () => {
    assert.deepEqual((await pushed(Object.values(signals), [])).texts, []);
  });

  for (const [name, signal] of Object.entries(signals)) {
    it(`writes nothing over ${name} either where voice activity takes it for speech`, async () => {
      const { texts, spoken } = await pushed([signal], withoutVoiceActivity);
      assert.deepEqual(texts, []);
      assert.ok(spoken > 3, `${spoken} s were taken for speech`);
    });
  }

  for (const file of readdirSync('fixtures/noise').filter((name) => name.endsWith('.flac'))) {
    it(`writes nothing over ${file}, with voice activity and without it`, async () => {
      const path = `fixtures/noise/${file}`;
      assert.deepEqual((await played(path, [])).texts, []);
      const { texts, spoken } = await played(path, withoutVoiceActivity);
      assert.deepEqual(texts, []);
      assert.ok(spoken > 0.2, `${spoken} s were taken for speech`);
    });
  }

  // All of its kinds noise and room response, its silences and tones, and its music; event_firered.wav has speech and song.
  const kinds =
    /^(noise_|rir_|fmt_pydub_.*(mp3|flac)|fmt_cpython_pluck-pcm16.wav|fmt_mutagen_.*silence|fmt_mutagen_multipage|fmt_mutagen_empty\.ogg)/;
  const files = existsSync('../shared/audio')
    ? readdirSync('../shared/audio').filter((name) => kinds.test(name))
    : ['noise_sb_1.wav'];
  for (const file of files) {
    it(`writes nothing over ${file} (needs ../shared)`, async function () {
      const path = shared(this, `audio/${file}`);
      const { texts, heard } = await played(path, []);
      assert.deepEqual(texts, []);
      assert.ok(heard > 0);
      assert.deepEqual((await played(path, withoutVoiceActivity)).texts, []);
    });
  }
});
