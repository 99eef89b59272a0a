import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../../src/errors.ts';
import {
  readCalibrator,
  writeCalibrator,
  type CalibratorFile,
} from '../../../src/language/calibrators/calibrator-file.ts';
import type { CalibratedWindow } from '../../../src/language/calibrator.ts';
import { trainedCalibrator } from '../../../src/language/calibrators/trained.ts';
import { languageSet } from '../../../src/language/language-set.ts';
import { writeSafetensors } from '../../../src/whisper/safetensors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { fuzzRuns, mutated } from '../../support/mutations.ts';

const model = { name: 'tiny', sha256: 'a'.repeat(64), width: 2 };
const metadata = {
  format: 'diglot-calibrator-1',
  kind: 'acoustic',
  classes: '["zh","en"]',
  width: '2',
  temperature: '1.5',
  models: '[]',
};
const floats = (name: string, shape: number[], values: number[]) => ({
  name,
  format: 'F32' as const,
  shape,
  read: () => Promise.resolve(new Uint8Array(Float32Array.from(values).buffer)),
});
const weight = floats('output.weight', [2, 2], [1, 2, 3, 4]);
const bias = floats('output.bias', [2], [5, 6]);

describe('files of trained calibrators', () => {
  const folder = temporaryFolder();
  const path = () => join(folder, 'calibrator.safetensors');
  const refuses = (message: RegExp, models = model) =>
    assert.rejects(
      readCalibrator(path(), models),
      (error) => error instanceof UsageError && error.message.startsWith(path()) && message.test(error.message),
    );

  it('reads what any writer of safetensors makes, and leaves its other metadata alone', async () => {
    await writeSafetensors(path(), [bias, weight], { ...metadata, trainedOn: 'two sentences' });
    const { header, tensors } = await readCalibrator(path(), model);
    assert.deepEqual(header, { kind: 'acoustic', classes: ['zh', 'en'], width: 2, temperature: 1.5, models: [] });
    assert.deepEqual([...tensors.get('output.weight')!.values], [1, 2, 3, 4]);
  });

  it('names the file and the fault where the metadata are not those of a calibrator', async () => {
    const faults: [Record<string, string>, RegExp][] = [
      [{ format: 'pt' }, /"format"/],
      [{ kind: 'lstm' }, /"kind"/],
      [{ classes: 'zh,en' }, /"classes": is "zh,en", which is neither/],
      [{ classes: '["zh"]' }, /"classes"/],
      [{ width: '"wide"' }, /"width"/],
      [{ temperature: '0' }, /"temperature"/],
      [{ models: '["a"]' }, /"models\.0": is no sha256/],
    ];
    for (const [fault, message] of faults) {
      await writeSafetensors(path(), [weight, bias], { ...metadata, ...fault });
      await refuses(message);
    }
    await writeSafetensors(path(), [weight, bias]);
    await refuses(/"format"/);
  });

  it('refuses a calibrator of another model', async () => {
    await writeSafetensors(path(), [weight, bias], metadata);
    await refuses(/width 2, and those of tiny have 512/, { ...model, width: 512 });
    await writeSafetensors(path(), [weight, bias], { ...metadata, models: JSON.stringify(['b'.repeat(64)]) });
    await refuses(/other weights than tiny/);
  });

  it('refuses tensors that do not fit the metadata or one another', async () => {
    await writeSafetensors(path(), [weight], metadata);
    await refuses(/holds no output\.bias/);
    await writeSafetensors(path(), [weight, floats('output.bias', [3], [1, 2, 3])], metadata);
    await refuses(/output\.bias has the shape \[3\] instead of \[classes = 2\]/);
    await writeSafetensors(path(), [weight, bias, floats('query.weight', [1], [1])], metadata);
    await refuses(/has no tensor query\.weight/);
    await writeSafetensors(path(), [floats('output.weight', [2, 2], [1, NaN, 0, 0]), bias], metadata);
    await refuses(/output\.weight holds NaN/);
    await writeSafetensors(path(), [{ ...weight, format: 'I32' }, bias], metadata);
    await refuses(/output\.weight is I32/);
    const hidden = [floats('hidden.weight', [3, 2], [1, 2, 3, 4, 5, 6]), floats('hidden.bias', [3], [1, 2, 3])];
    await writeSafetensors(path(), [...hidden, weight, bias], { ...metadata, kind: 'decoder-state' });
    await refuses(/output\.weight has the shape \[2, 2\] instead of \[classes = 2, n = 3\]/);
  });

  it('writes nothing that it would not read', async () => {
    const file: CalibratorFile = {
      path: path(),
      header: { kind: 'acoustic', classes: ['zh', 'en'], width: 3, temperature: 1, models: [] },
      tensors: new Map([['output.weight', { shape: [2, 2], values: new Float32Array(4) }]]),
    };
    await assert.rejects(writeCalibrator(file), UsageError);
  });

  it('reads or refuses every damaged file, and never gives what is no probability', async () => {
    await writeSafetensors(path(), [weight, bias], metadata);
    const window = { states: Float32Array.of(1, -1), heard: 1 } as unknown as CalibratedWindow;
    const evidence = { prompts: [], state: null, attention: Float32Array.of(1) };
    await fc.assert(
      fc.asyncProperty(mutated(await readFile(path())), async (bytes) => {
        const damaged = join(folder, 'damaged.safetensors');
        await writeFile(damaged, bytes);
        try {
          const opened = await trainedCalibrator(await readCalibrator(damaged, model), languageSet()).open(window);
          const q = opened.posterior(evidence, null);
          assert.ok(
            q.every((value) => value >= 0 && value <= 1),
            `${q.join()} is no distribution`,
          );
        } catch (error) {
          assert.ok(error instanceof UsageError && error.message.startsWith(damaged), String(error));
        }
      }),
      { numRuns: fuzzRuns },
    );
  });
});
