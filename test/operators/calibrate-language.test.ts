import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { UsageError } from '../../src/errors.ts';
import { writeCalibrator } from '../../src/language/calibrators/calibrator-file.ts';
import { calibrateLanguage } from '../../src/operators/calibrate-language.ts';
import { detectLanguage } from '../../src/operators/detect-language.ts';
import type { Encoding, LanguagePosterior } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyEncoding } from '../support/tiny-encoding.ts';

describe('calibrate-language', () => {
  const folder = temporaryFolder();
  let encoding: Encoding;
  before(async () => {
    encoding = await tinyEncoding(folder);
  });
  const calibrate = (options: Record<string, unknown> = {}): Promise<LanguagePosterior> =>
    lastValueFrom(of(encoding).pipe(calibrateLanguage({ model: encoding.model, stretch: 0.2, hop: 0.1, ...options })));

  it('gives as a whole what detect-language gives among the same languages', async () => {
    const { stretches, ...found } = await calibrate();
    const detected = await lastValueFrom(
      of(encoding).pipe(detectLanguage({ model: encoding.model, among: ['zh', 'en'] })),
    );
    assert.deepEqual(found, detected);
    assert.ok(stretches!.length > 1);
  });

  it('gives the languages over time, in seconds of the recording, in the order of the posterior', async () => {
    const { languages, probabilities, stretches } = await calibrate({ calibrator: 'acoustic' });
    const { start } = encoding.origin;
    // The tiny model hears 0.8 s of the noise.
    assert.equal(stretches![0]!.start, start);
    assert.ok(Math.abs(stretches!.at(-1)!.end - (start + 0.8)) < 1e-9);
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
