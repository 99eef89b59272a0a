import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { publishedTokenLanguages } from '../../src/language/published-token-language.ts';
import { tokenLanguages, type TokenLanguages } from '../../src/language/token-language.ts';
import { byteTokenizer } from '../support/byte-tokenizer.ts';
import { tokensWithTruth } from '../support/token-truth.ts';
import { whisperTokenizer } from '../support/whisper-tokenizer.ts';

const tokenizer = whisperTokenizer();
const zhEn = languageSet(['zh', 'en']);
const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 300);

/** Class names along a token sequence. */
function classesAlong(map: TokenLanguages, tokens: readonly number[]): string[] {
  let state = map.start;
  return tokens.map((token) => {
    const found = map.set.classes[map.classOf(token, state)]!;
    state = map.next(state, token);
    return found;
  });
}

function sizes(map: TokenLanguages): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let token = 0; token < tokenizer.endOfText; token++) {
    const name = map.set.classes[map.classes[token]!] ?? 'continuation';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** method-specs 1.3, steps 2 to 6, word for word over the bytes: the second opinion on every token of the vocabulary. */
function specified(bytes: readonly number[]): string {
  const rest = bytes.slice(bytes.findIndex((byte) => byte !== 0x20));
  if (bytes.every((byte) => byte === 0x20)) return 'other';
  const found = new Set<string>();
  let at = 0;
  while (at < rest.length && rest[at]! >= 0x80 && rest[at]! <= 0xbf) at++;
  const head = at;
  if (head === rest.length) return 'continuation';
  while (at < rest.length) {
    const lead = rest[at]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const piece = rest.slice(at, at + length);
    if (piece.length < length || piece.slice(1).some((byte) => byte < 0x80 || byte > 0xbf)) {
      const ideograph = (lead >= 0xe4 && lead <= 0xe9) || (lead === 0xe3 && (piece[1] ?? 0) >= 0x90);
      found.add(ideograph ? 'zh' : 'other');
      break;
    }
    const character = Buffer.from(piece).toString();
    const han = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005\u3007\u{20000}-\u{323af}]/u.test(character);
    if (character !== "'" || rest.every((byte) => byte === 0x27)) {
      found.add(han ? 'zh' : /[A-Za-z]/.test(character) ? 'en' : 'other');
    } else found.add("'");
    at += length;
  }
  const only = [...found].filter((name) => name !== "'");
  if (only.length !== 1) return 'other';
  if (only[0] === 'zh') return found.size === 1 ? 'zh' : 'other';
  return only[0] === 'en' && head === 0 ? 'en' : 'other';
}

describe('tokenLanguages', () => {
  const map = tokenLanguages(tokenizer, zhEn);

  it('has the class sizes that were measured on the vocabulary of Whisper', () => {
    // 10,485 and the one token that is ambiguous, a lone 0xE3.
    assert.deepEqual(sizes(map), { other: 10_486, en: 37_858, continuation: 245, zh: 1_668 });
    assert.equal(map.continuations.length, 245);
  });

  it('gives every token what the specification gives it, byte by byte', () => {
    for (let token = 0; token < tokenizer.endOfText; token++) {
      const bytes = [...tokenizer.bytes(token)];
      const expected = bytes.length === 0 ? 'other' : specified(bytes);
      assert.equal(map.set.classes[map.classes[token]!] ?? 'continuation', expected, `${token}: ${bytes.join(' ')}`);
    }
    for (let token = tokenizer.endOfText; token < tokenizer.vocabularySize; token++) {
      assert.equal(map.classes[token], zhEn.other);
    }
  });

  it('finds the language of 99.9 % of the tokens of real sentences', () => {
    const lines = readFileSync('fixtures/text/zh-en-sentences.txt', 'utf8').trim().split('\n');
    let [count, wrong, publishedWrong] = [0, 0, 0];
    for (const line of lines) {
      const tokens = tokensWithTruth(line, tokenizer);
      const ids = tokens.map(({ token }) => token);
      const ours = classesAlong(map, ids);
      const published = classesAlong(publishedTokenLanguages(tokenizer, zhEn), ids);
      tokens.forEach(({ truth }, i) => {
        count++;
        if (truth !== ours[i]) wrong++;
        if (truth !== published[i]) publishedWrong++;
      });
    }
    assert.ok(count > 1000, `${count} tokens`);
    assert.ok(wrong / count <= 0.001, `${wrong} of ${count} tokens`);
    assert.ok(publishedWrong / count > 0.3, `published: ${publishedWrong} of ${count} tokens`);
  });

  it('gives the pieces of a rare character the language of the character', () => {
    for (const [text, expected] of [
      ['餛飩', 'zh'],
      ['㐂', 'zh'],
      ['々', 'zh'],
      ['𠮷', 'zh'],
      ['ぷ', 'other'],
      ['😀', 'other'],
    ] as const) {
      const tokens = tokenizer.encode(text);
      assert.equal(classesAlong(map, tokens).at(-1), expected, text);
    }
    const [first, ...rest] = classesAlong(map, tokenizer.encode('飩'));
    assert.equal(first, 'zh');
    assert.ok(rest.length > 0 && rest.every((name) => name === 'zh'));
  });

  it('counts a continuation with nothing before it as other', () => {
    for (const token of map.continuations) assert.equal(map.classOf(token, map.start), zhEn.other);
  });

  it('does not count accented letters as English unless they are declared', () => {
    const accented = tokenizer.encode(' élevé');
    assert.ok(classesAlong(map, accented).includes('other'));
    const latin = tokenLanguages(tokenizer, languageSet(['zh', 'en'], { en: ['Latin'] }));
    assert.deepEqual(new Set(classesAlong(latin, accented)), new Set(['en']));
  });

  it('tells other scripts apart, also in the middle of a character', () => {
    const set = languageSet(['ru', 'hi', 'ja', 'fr', 'ko']);
    const others = tokenLanguages(tokenizer, set);
    for (const [language, text] of Object.entries({
      ru: 'Объединённый съезд щёголей',
      hi: 'मैं हिन्दी बोलता हूँ',
      ja: '今日はカードを払いました',
      fr: "L'été où naît un cœur",
      ko: '뷁을 먹었어요',
    })) {
      const tokens = tokenizer.encode(text).filter((token) => token !== tokenizer.encode(' ')[0]);
      const classes = classesAlong(others, tokens);
      // A first byte that several scripts share (0xE0 of all Indic ones) cannot tell yet; the byte behind it does.
      const told = classes.filter((name) => name !== 'other');
      assert.deepEqual(new Set(told), new Set([language]), `${language}: ${classes.join(' ')}`);
      assert.ok(told.length > classes.length / 2, `${language}: ${classes.join(' ')}`);
    }
  });

  describe('I14: over text cut at any byte', () => {
    const characters = fc.constantFrom(..."我們今天吃餛飩龘一龥aZq' 1,.é€ßж😀한".match(/./gu)!);
    const kinds = (character: string): string =>
      /\p{sc=Han}/u.test(character) ? 'zh' : /[a-zA-Z]/.test(character) ? 'en' : character === "'" ? "'" : 'other';

    it('the language of each token is that of the characters that its bytes are in', () => {
      fc.assert(
        fc.property(
          fc.array(characters, { minLength: 1, maxLength: 12 }),
          fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
          (text, lengths) => {
            const bytes = Buffer.from(text.join(''));
            const owner = text.flatMap((character, i) => new Array<number>(Buffer.byteLength(character)).fill(i));
            const pieces: Uint8Array[] = [];
            const expected: string[] = [];
            const ends: boolean[] = [];
            for (let from = 0; from < bytes.length;) {
              const to = Math.min(bytes.length, from + (lengths.next().value as number));
              pieces.push(Uint8Array.from(bytes.subarray(from, to)));
              expected.push(expectedClass(from, to));
              ends.push(owner[to] !== owner[to - 1]);
              from = to;
            }
            function expectedClass(from: number, to: number): string {
              let first = from;
              while (first < to && bytes[first] === 0x20) first++;
              if (first === to) return 'other';
              const cut = owner[first - 1] === owner[first];
              const mine = [...new Set(owner.slice(first, to))];
              const begun = cut ? mine.slice(1) : mine;
              if (begun.length === 0) return kinds(text[mine[0]!]!).replace("'", 'other');
              const found = new Set(begun.map((i) => kinds(text[i]!)));
              const letters = [...found].filter((kind) => kind !== "'");
              if (letters.length !== 1 || (letters[0] !== 'en' && found.size > 1)) return 'other';
              return letters[0] === 'en' && cut ? 'other' : letters[0]!;
            }
            const toy = tokenLanguages(byteTokenizer(pieces), zhEn);
            let state = toy.start;
            pieces.forEach((_, token) => {
              assert.equal(zhEn.classes[toy.classOf(token, state)], expected[token]);
              state = toy.next(state, token);
              assert.equal(state % 2 ** 24 === 0, ends[token], 'pending is null at character boundaries alone');
            });
          },
        ),
        { numRuns: runs },
      );
    });

    it('and no bytes at all can make it fail', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 6 }), { minLength: 1, maxLength: 20 }), (pieces) => {
          const set = languageSet(['zh', 'en', 'ru', 'hi']);
          const toy = tokenLanguages(byteTokenizer(pieces), set);
          let state = toy.start;
          pieces.forEach((_, token) => {
            const found = toy.classOf(token, state);
            assert.ok(Number.isInteger(found) && found >= 0 && found < set.classes.length);
            const place = toy.continuations.indexOf(token);
            if (place >= 0) assert.equal(toy.continuationClasses(state)[place], found);
            state = toy.next(state, token);
            assert.ok(Number.isSafeInteger(state) && state >= 0);
          });
        }),
        { numRuns: runs },
      );
    });
  });

  it('knows which tokens begin a word or a character', () => {
    const begins = (text: string): string[] => {
      let state = map.start;
      return tokenizer.encode(text).flatMap((token) => {
        const begun = map.beginsUnit(token, state);
        state = map.next(state, token);
        return begun ? [tokenizer.decode([token])] : [];
      });
    };
    const long = ' antidisestablishmentarianism';
    assert.ok(tokenizer.encode(long).length > 2);
    assert.equal(begins(`It is${long}`).length, 3);
    assert.ok(tokenizer.encode('餛飩').length > 2);
    assert.equal(begins('餛飩').length, 2);
    // An English word right behind a Chinese character begins without a space.
    assert.ok(begins('我很happy').some((piece) => 'happy'.startsWith(piece)));
    assert.ok(begins('3happy').some((piece) => 'happy'.startsWith(piece)));
  });
});

describe('publishedTokenLanguages', () => {
  const map = publishedTokenLanguages(tokenizer, zhEn);

  it('has the class sizes of the published code: " the" is Mandarin', () => {
    assert.deepEqual(sizes(map), { zh: 41_111, en: 9_146 });
    assert.deepEqual(classesAlong(map, tokenizer.encode('I eat the 牛肉')).slice(0, 4), ['en', 'zh', 'zh', 'zh']);
    assert.equal(map.classOf(tokenizer.endOfText, map.start), zhEn.other);
  });

  it('refuses other languages', () => {
    assert.throws(() => publishedTokenLanguages(tokenizer, languageSet(['zh', 'ru'])), UsageError);
  });
});
