import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import { UsageError } from '../../src/errors.ts';
import { detectLanguage } from '../../src/operators/detect-language.ts';
import type { Encoding, LanguagePosterior } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyEncoding } from '../support/tiny-encoding.ts';

describe('detect-language', () => {
  const folder = temporaryFolder();
  let encoding: Encoding;
  before(async () => {
    encoding = await tinyEncoding(folder);
  });
  const detect = (among?: string[]): Promise<LanguagePosterior> =>
    lastValueFrom(of(encoding).pipe(detectLanguage({ model: encoding.model, ...(among && { among }) })));

  it('gives every language that the model knows a probability, most probable first', async () => {
    const { kind, id, origin, languages, probabilities } = await detect();
    assert.deepEqual({ kind, id, origin }, { kind: 'language-posterior', id: encoding.id, origin: encoding.origin });
    assert.deepEqual([...languages].sort(), ['en', 'zh']);
    assert.ok(probabilities[0]! >= probabilities[1]!);
    assert.ok(Math.abs(probabilities[0]! + probabilities[1]! - 1) < 1e-9);
  });

  it('chooses among the languages named, by code or by English name', async () => {
    const { languages, probabilities } = await detect(['Mandarin']);
    assert.deepEqual([languages, probabilities], [['zh'], [1]]);
    assert.deepEqual(await detect(['english', 'zh']), await detect());
  });

  it('refuses before the run what is no language, and in it what the model does not know', async () => {
    assert.throws(() => detectLanguage({ among: ['klingon'] }), /among\.0: is no language/);
    await assert.rejects(
      detect(['de']),
      (error) => error instanceof UsageError && /no language "de"/.test(error.message),
    );
  });

  it('refuses states of another model', async () => {
    const other = { ...encoding, model: 'whisper-large-v3' };
    const run = lastValueFrom(of(other).pipe(detectLanguage({ model: encoding.model })));
    await assert.rejects(
      run,
      (error) => error instanceof UsageError && /states of whisper-large-v3/.test(error.message),
    );
  });
});
