import assert from 'node:assert/strict';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { recordingReader } from '../../src/audio/recordings.ts';
import { resample } from '../../src/audio/resampler.ts';
import { defaultTranscribeOptions, type TranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe, type Transcript } from '../../src/decoding/transcribe.ts';
import { acquireModel, type AcquiredModel } from '../../src/whisper/load-model.ts';
import { toyLogMel, toyModel, toyTokenizer, type ToyModel } from '../support/toy-model.ts';

const words = ['你', '好', '吗', ' how', ' are', ' you'];
const { languages, startOfTranscript, endOfText } = toyTokenizer(words);
const [zh, en] = [languages.get('zh')!, languages.get('en')!];
const texts = new Map([
  [zh, [0, 1, 2]],
  [en, [3, 4, 5]],
]);

/**
 * Says the same sentence in the language that it is told, whatever it hears: fluently where it is told the wrong one.
 * @param english Probability that it hears English.
 */
function translator(english: number, fluency = 0.9): ToyModel {
  return toyModel({
    words,
    next(tokens) {
      if (tokens.length === 1 && tokens[0] === startOfTranscript) {
        return new Map([
          [en, Math.log(english)],
          [zh, Math.log(1 - english)],
        ]);
      }
      const told = texts.get(tokens.find((token) => texts.has(token))!)!;
      const said = tokens.filter((token) => token < words.length).length;
      const row = new Map(words.map((_, token) => [token, Math.log(0.01)]));
      row.set(endOfText, Math.log(0.01));
      row.set(said < told.length ? told[said]! : endOfText, Math.log(fluency));
      return row;
    },
  });
}
const options: TranscribeOptions = {
  ...defaultTranscribeOptions,
  temperatures: [0],
  beamSize: 2,
  withoutTimestamps: true,
};
const decode = (model: ToyModel, changes: Partial<TranscribeOptions>) =>
  transcribe(model, toyLogMel(400), { ...options, ...changes });

describe('the wrong-language guard in transcribe', () => {
  it('writes what was said where the given tag made a translation of it, and counts the window', async () => {
    const model = translator(0.999);
    const off = await decode(model, { language: 'zh', guard: false });
    assert.deepEqual([off.text, off.guardedWindows], ['你好吗', 0]);
    const on = await decode(model, { language: 'zh', guard: true });
    assert.deepEqual([on.text, on.guardedWindows], ['how are you', 1]);
    assert.deepEqual(
      on.languageSpans.map(({ language }) => language),
      ['en'],
    );
    assert.equal(model.open(), 0);
  });

  it('works in the other direction', async () => {
    const { text, guardedWindows } = await decode(translator(0.001), { language: 'en', guard: true });
    assert.deepEqual([text, guardedWindows], ['你好吗', 1]);
  });

  it('changes nothing where the sound agrees with the text, or does not tell', async () => {
    for (const english of [0.001, 0.5]) {
      const model = translator(english);
      const off = await decode(model, { language: 'zh', guard: false });
      assert.deepEqual(await decode(model, { language: 'zh', guard: true }), off);
    }
  });

  it('lets a translation be one, and asks no model that does not know the languages', async () => {
    const { text } = await decode(translator(0.999), { language: 'zh', task: 'translate', guard: true });
    assert.equal(text, '你好吗');
    const english = toyModel({
      words,
      next: () =>
        new Map([
          [3, 0],
          [endOfText, 1],
        ]),
      facts: { multilingual: false },
    });
    const { guardedWindows } = await decode(english, { language: 'en', guard: true });
    assert.equal(guardedWindows, 0);
  });

  it('asks nothing where no language of the run was declared', async () => {
    const model = translator(0.999);
    const { text, guardedWindows } = await decode(model, { language: 'zh', languages: ['en', 'ko'], guard: true });
    assert.deepEqual([text, guardedWindows], ['你好吗', 0]);
  });
});

describe('the wrong-language guard on real speech', function () {
  this.timeout(120_000);
  let acquired: AcquiredModel;
  before(async () => {
    acquired = await acquireModel('whisper-base-int8', { device: 'auto' });
  });
  after(() => acquired.release());
  const read = recordingReader({ maxSeconds: 60, damaged: 'refuse', ffmpeg: null, channel: 'mix', cacheBytes: 0 });

  async function transcript(file: string, changes: Partial<TranscribeOptions>): Promise<Transcript> {
    const { samples, sampleRate } = await read(`fixtures/audio/${file}`, false);
    const heard = sampleRate === 16_000 ? samples : resample(samples, sampleRate, 16_000, 'swresample');
    return transcribe(acquired.model, melSpectrogram(heard, 80), {
      ...defaultTranscribeOptions,
      window: { kind: 'fit', slack: 4 },
      temperatures: [0],
      beamSize: 1,
      ...changes,
    });
  }

  it('writes Mandarin as it was said where the tag was English', async () => {
    const file = 'mandarin-look-in-front.wav';
    const off = await transcript(file, { language: 'en', guard: false });
    const on = await transcript(file, { language: 'en', guard: true });
    const told = await transcript(file, { language: 'zh', guard: false });
    assert.match(off.text, /[a-z]{3}/i);
    assert.equal(on.text, told.text);
    assert.equal(on.guardedWindows, 1);
  });

  it('writes English as it was said where the tag was Mandarin', async () => {
    const on = await transcript('english-jfk.flac', { language: 'zh', guard: true });
    assert.match(on.text, /fellow Americans,? ask not what your country can do for you/i);
    assert.doesNotMatch(on.text, /\p{Script=Han}/u);
  });

  it('leaves speech alone that was decoded under its own tag', async () => {
    for (const [file, language] of [
      ['mandarin-look-in-front.wav', 'zh'],
      ['english-jfk.flac', 'en'],
    ] as const) {
      const off = await transcript(file, { language, guard: false });
      assert.deepEqual(await transcript(file, { language, guard: true }), off);
    }
  });
});
