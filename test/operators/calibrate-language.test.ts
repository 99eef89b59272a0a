import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { UsageError } from '../../src/errors.ts';
import { writeCalibrator } from '../../src/language/calibrators/calibrator-file.ts';
import { calibrateLanguage } from '../../src/operators/calibrate-language.ts';
import { detectLanguage } from '../../src/operators/detect-language.ts';
import { encode } from '../../src/operators/encode.ts';
import type { Encoding, LanguagePosterior } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyEncoding } from '../support/tiny-encoding.ts';

describe('calibrate-language', () => {
  const folder = temporaryFolder();
  let encoding: Encoding;
  before(async () => {
    encoding = await tinyEncoding(folder);
  });
  const calibrate = (options: Record<string, unknown> = {}, heard = encoding): Promise<LanguagePosterior> =>
    lastValueFrom(of(heard).pipe(calibrateLanguage({ model: heard.model, stretch: 0.2, hop: 0.1, ...options })));

  /** The frames of a recording from `start` to `end` as a recording of their own. */
  function part(start: number, end: number): Promise<Encoding> {
    const { bands, frames, values, ...logMel } = encoding.logMel;
    const bandsOf = Array.from({ length: bands }, (_, band) =>
      values.subarray(band * frames + start, band * frames + end),
    );
    const cut = {
      ...logMel,
      bands,
      frames: end - start,
      values: Float32Array.from(bandsOf.flatMap((band) => [...band])),
    };
    return lastValueFrom(of(cut).pipe(encode({ model: encoding.model })));
  }
  const detect = (heard: Encoding): Promise<LanguagePosterior> =>
    lastValueFrom(of(heard).pipe(detectLanguage({ model: heard.model, among: ['zh', 'en'] })));
  const probabilityOf = ({ languages, probabilities }: LanguagePosterior, language: string): number =>
    probabilities[languages.indexOf(language)]!;

  it('gives of one window as a whole what detect-language gives among the same languages', async () => {
    const short = await part(0, 80);
    const { stretches, ...found } = await calibrate({}, short);
    assert.deepEqual(found, await detect(short));
    assert.ok(stretches!.length > 1);
  });

  it('hears every window of a recording, each for as much as it lasts', async () => {
    // The tiny model hears 0.8 s at a time, the noise lasts 1.25 s: 40 positions of 20 ms, and 23.
    const windows = [await part(0, 80), await part(80, 125)] as const;
    const [first, second] = [
      probabilityOf(await detect(windows[0]), 'zh'),
      probabilityOf(await detect(windows[1]), 'zh'),
    ];
    assert.ok(Math.abs(first - second) > 1e-3);
    const whole = await calibrate();
    assert.ok(Math.abs(probabilityOf(whole, 'zh') - (40 * first + 23 * second) / 63) < 1e-6);
    const apart = await Promise.all(windows.map((window) => calibrate({}, window)));
    assert.equal(whole.stretches!.length, apart[0]!.stretches!.length + apart[1]!.stretches!.length);
    const inOrder = whole.stretches!.map(({ start }) => start);
    assert.deepEqual(
      inOrder,
      inOrder.toSorted((a, b) => a - b),
    );
  });

  it('gives the languages over time, in seconds of the recording, in the order of the posterior', async () => {
    const { languages, probabilities, stretches } = await calibrate({ calibrator: 'acoustic' });
    const { start } = encoding.origin;
    assert.equal(stretches![0]!.start, start);
    // Positions are whole: the last one reaches 5 ms behind the end.
    assert.ok(Math.abs(stretches!.at(-1)!.end - (start + 1.26)) < 1e-9);
    for (const [i] of languages.entries()) {
      const mean = stretches!.reduce((sum, stretch) => sum + stretch.probabilities[i]!, 0) / stretches!.length;
      assert.ok(Math.abs(mean - probabilities[i]!) < 1e-9);
    }
    assert.ok(probabilities[0]! >= probabilities[1]!);
  });

  it('asks the file of a trained acoustic calibrator', async () => {
    const path = join(folder, 'head.safetensors');
    const header = {
      kind: 'acoustic',
      classes: ['zh', 'en', 'other'],
      width: encoding.width,
      temperature: 1,
      models: [],
    } as const;
    // Scores without regard to the states: English e times as probable as Mandarin, whatever "other" has.
    const tensors = new Map([
      ['output.weight', { shape: [3, encoding.width], values: new Float32Array(3 * encoding.width) }],
      ['output.bias', { shape: [3], values: Float32Array.of(0, 1, 2) }],
    ]);
    await writeCalibrator({ path, header: { ...header, classes: [...header.classes], models: [] }, tensors });
    const { languages, probabilities, stretches } = await calibrate({ calibrator: path });
    assert.deepEqual(languages, ['en', 'zh']);
    for (const [en, zh] of [probabilities, ...stretches!.map((stretch) => stretch.probabilities)]) {
      assert.ok(Math.abs(Math.log(en! / zh!) - 1) < 1e-6);
    }
  });

  it('refuses before the run what is no language or no evidence, and in it states of another model', async () => {
    assert.throws(() => calibrateLanguage({ languages: ['klingon'] }), /languages\.0: is no language/);
    assert.throws(() => calibrateLanguage({ calibrator: 'forward' }), /calibrator: is neither/);
    const other = lastValueFrom(
      of({ ...encoding, model: 'whisper-large-v3' }).pipe(calibrateLanguage({ model: encoding.model })),
    );
    await assert.rejects(
      other,
      (error) => error instanceof UsageError && /states of whisper-large-v3/.test(error.message),
    );
  });
});
