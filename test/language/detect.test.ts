import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { detectLanguage } from '../../src/language/detect.ts';
import { toyModel, toyTokenizer } from '../support/toy-model.ts';

const words = ['a'];
const { languages, startOfTranscript } = toyTokenizer(words);
const [zh, en] = [languages.get('zh')!, languages.get('en')!];
const model = toyModel({
  words,
  next: (tokens) => {
    assert.deepEqual(tokens, [startOfTranscript]);
    // A word is far more probable, and must not count.
    return new Map([
      [0, 50],
      [zh, Math.log(3)],
      [en, 0],
    ]);
  },
});
const states = new Float32Array(1500);

describe('detecting the language', () => {
  it('shares the probability out among language tags, most probable first', async () => {
    const found = await detectLanguage(model, states, 1500);
    assert.deepEqual(
      found.map(({ language }) => language),
      ['zh', 'en'],
    );
    assert.ok(Math.abs(found[0]!.probability - 0.75) < 1e-6);
    assert.ok(Math.abs(found[1]!.probability - 0.25) < 1e-6);
    assert.equal(model.open(), 0);
  });

  it('chooses among the languages that are asked about, each counted once', async () => {
    assert.deepEqual(await detectLanguage(model, states, 1500, ['en', 'en']), [{ language: 'en', probability: 1 }]);
    assert.equal((await detectLanguage(model, states, 1500, ['en', 'zh', 'en'])).length, 2);
  });

  it('refuses a language that the model does not know', async () => {
    await assert.rejects(
      detectLanguage(model, states, 1500, ['de']),
      (error) => error instanceof UsageError && /zh, en/.test(error.message),
    );
  });

  it('hears English in a model that knows nothing else', async () => {
    const english = toyModel({ words, next: () => new Map([[0, 0]]), facts: { multilingual: false } });
    assert.deepEqual(await detectLanguage(english, states, 1500), [{ language: 'en', probability: 1 }]);
    await assert.rejects(detectLanguage(english, states, 1500, ['zh']), UsageError);
  });
});
