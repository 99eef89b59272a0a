import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { defaultScripts } from '../../src/language/default-scripts.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { languageCodes } from '../../src/whisper/languages.ts';

const refused = (work: () => unknown, ...says: RegExp[]): void => {
  assert.throws(work, (error) => error instanceof UsageError && says.every((one) => one.test(error.message)));
};

describe('languageSet', () => {
  it('is Mandarin and English unless others are declared, and keeps their order', () => {
    assert.deepEqual(languageSet().classes, ['zh', 'en', 'other']);
    assert.equal(languageSet().other, 2);
    assert.deepEqual(languageSet(['ru', 'hi', 'en']).classes, ['ru', 'hi', 'en', 'other']);
  });

  it('knows a script for every language of Whisper, and each stands alone', () => {
    for (const code of languageCodes) {
      assert.ok(defaultScripts.has(code), code);
      assert.equal(languageSet([code]).writing.length, 1);
    }
  });

  it('refuses two languages of one script and names both and the script', () => {
    refused(() => languageSet(['en', 'fr']), /\ben\b/, /\bfr\b/, /Latin/);
    refused(() => languageSet(['zh', 'ja']), /\bzh\b/, /\bja\b/, /Han/);
    refused(() => languageSet(['ru', 'zh', 'uk']), /\bru\b/, /\buk\b/, /Cyrillic/);
  });

  it('tells them apart where other scripts are declared', () => {
    const set = languageSet(['zh', 'ja'], { ja: ['Hiragana', 'Katakana'] });
    assert.ok(set.writing[1]!.text.test('カード'));
    assert.ok(!set.writing[1]!.text.test('漢'));
  });

  it('counts accented letters as English only by declaration', () => {
    assert.ok(!languageSet(['en']).writing[0]!.text.test('café'));
    assert.ok(languageSet(['en'], { en: ['Latin'] }).writing[0]!.text.test('café'));
  });

  it('takes any language by declaration, and says how where the script is not known', () => {
    refused(() => languageSet(['zh', 'tlh']), /tlh/, /declare/);
    refused(() => languageSet(['zh', 'toString']), /toString/, /declare/);
    assert.deepEqual(languageSet(['zh', 'chr'], { chr: ['Cherokee'] }).languages, ['zh', 'chr']);
    refused(() => languageSet(['x'], { x: ['Elvish'] }), /Elvish/, /Latin/);
    refused(() => languageSet(['x'], { x: ['Latin}|.'] }), /Latin\}/);
    refused(() => languageSet(['x'], { x: [] }), /declare/);
  });

  it('refuses no language, one twice, and the name of the class of everything else', () => {
    refused(() => languageSet([]), /at least one/);
    refused(() => languageSet(['zh', 'en', 'zh']), /zh once/);
    refused(() => languageSet(['zh', 'other'], { other: ['Latin'] }), /other/);
  });
});
