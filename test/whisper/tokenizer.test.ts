import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import { charactersOf, writeBytes } from '../../src/whisper/byte-level.ts';
import { parseTokenizer } from '../../src/whisper/hugging-face-tokenizer.ts';
import { languageCode, languageCodes } from '../../src/whisper/languages.ts';
import { vocabularyTokenizer } from '../../src/whisper/vocabulary-tokenizer.ts';
import { whisperTokenizer, whisperTokenizerFile } from '../support/whisper-tokenizer.ts';

/** What openai-whisper's own tokenizer gives. */
const golden = JSON.parse(readFileSync('fixtures/tokenizer/whisper.json', 'utf8')) as {
  encodings: [text: string, tokens: number[]][];
  nonSpeechTokens: number[];
};
const runs = Number(process.env.DIGLOT_FUZZ_RUNS ?? 300);

/** A whole tokenizer.json that is small enough to be broken 20,000 times. */
function smallFile() {
  const bytes = Array.from({ length: 256 }, (_, byte) => charactersOf(Uint8Array.of(byte)));
  const ordinary = [...bytes, 'he', 'll', 'hell', 'hello'];
  const special = [
    '<|endoftext|>',
    '<|startoftranscript|>',
    '<|en|>',
    '<|zh|>',
    '<|yue|>',
    '<|translate|>',
    '<|transcribe|>',
  ];
  special.push('<|startoflm|>', '<|startofprev|>', '<|nocaptions|>', '<|notimestamps|>', '<|0.00|>', '<|0.02|>');
  return {
    version: '1.0',
    added_tokens: special.map((content, i) => ({ id: ordinary.length + i, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(ordinary.map((token, id) => [token, id])),
      merges: ['h e', 'l l', 'he ll', 'hell o'],
    },
  };
}

describe('the tokenizer', () => {
  it("encodes as openai-whisper's does, and decodes to the same text", () => {
    const tokenizer = whisperTokenizer();
    for (const [text, tokens] of golden.encodings) {
      assert.deepEqual(tokenizer.encode(text), tokens, text);
      assert.equal(tokenizer.decode(tokens), text);
    }
  });

  it('gives back any text', () => {
    const tokenizer = whisperTokenizer();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
      }),
    );
  });

  it('knows the bytes of every ordinary token, and none for the others', () => {
    const tokenizer = whisperTokenizer();
    assert.deepEqual(Buffer.from(tokenizer.bytes(11_100)).toString('utf8'), '明');
    const tokens = tokenizer.encode('星期三 Tuesday 牛肉麵');
    assert.equal(
      Buffer.concat(tokens.map((token) => tokenizer.bytes(token))).toString('utf8'),
      '星期三 Tuesday 牛肉麵',
    );
    for (const token of [tokenizer.endOfText, tokenizer.timestampBegin, 1e9, -1])
      assert.equal(tokenizer.bytes(token).length, 0);
  });

  it('leaves special tokens and timestamps out of the text, and shows broken characters as U+FFFD', () => {
    const tokenizer = whisperTokenizer();
    const { startOfTranscript, timestampBegin, endOfText } = tokenizer;
    const hello = tokenizer.encode('hello');
    assert.equal(
      tokenizer.decode([startOfTranscript, timestampBegin, ...hello, timestampBegin + 5, endOfText]),
      'hello',
    );
    const [lead] = tokenizer.encode('龘');
    assert.match(tokenizer.decode([lead!, ...hello]), /^\ufffd+hello$/);
  });

  it('takes text that reads like a special token for text', () => {
    const tokenizer = whisperTokenizer();
    assert.ok(tokenizer.encode('<|zh|><|endoftext|>').every((token) => token < tokenizer.endOfText));
  });

  it("suppresses openai-whisper's non-speech tokens", () => {
    assert.deepEqual(whisperTokenizer().nonSpeechTokens, golden.nonSpeechTokens);
  });

  it('reads the ids of the special tokens from the file', () => {
    const { languages, nonSpeechTokens, encode, decode, bytes, ...ids } = whisperTokenizer();
    void [nonSpeechTokens, encode, decode, bytes];
    assert.deepEqual(ids, {
      vocabularySize: 51_865,
      endOfText: 50_257,
      startOfTranscript: 50_258,
      translate: 50_358,
      transcribe: 50_359,
      startOfLm: 50_360,
      startOfPrevious: 50_361,
      noSpeech: 50_362,
      noTimestamps: 50_363,
      timestampBegin: 50_364,
    });
    assert.deepEqual([...languages.keys()], languageCodes.slice(0, 99));
    assert.deepEqual([languages.get('en'), languages.get('zh')], [50_259, 50_260]);
  });

  it("follows large-v3's shift of one language", () => {
    const file = JSON.parse(readFileSync(whisperTokenizerFile(), 'utf8')) as ReturnType<typeof smallFile>;
    const shifted = file.added_tokens.map(({ id, content, special }) => ({
      content,
      special,
      id: id >= 50_358 ? id + 1 : id,
    }));
    shifted.push({ id: 50_358, content: '<|yue|>', special: true });
    const tokenizer = parseTokenizer(JSON.stringify({ ...file, added_tokens: shifted }), 'large-v3');
    assert.equal(tokenizer.languages.get('yue'), 50_358);
    assert.equal(tokenizer.languages.size, 100);
    assert.equal(tokenizer.transcribe, 50_360);
    assert.equal(tokenizer.timestampBegin, 50_365);
    assert.equal(tokenizer.vocabularySize, 51_866);
  });

  it('finds merges and special tokens of a vocabulary that lists byte strings only (ggml)', () => {
    const whole = whisperTokenizer();
    const listed = Array.from({ length: whole.endOfText }, (_, token) => whole.bytes(token));
    const tokenizer = vocabularyTokenizer(listed, 51_865, 'ggml-base.bin');
    for (const [text, tokens] of golden.encodings) assert.deepEqual(tokenizer.encode(text), tokens, text);
    assert.deepEqual([...tokenizer.languages], [...whole.languages]);
    const largeV3 = vocabularyTokenizer([...listed, Buffer.from('<|endoftext|>')], 51_866, 'ggml-large-v3.bin');
    assert.equal(largeV3.languages.get('yue'), 50_358);
    assert.throws(() => vocabularyTokenizer(listed, 50_300, 'cut.bin'), UsageError);
  });

  it('says what is wrong with a file', () => {
    const refuses = (change: (file: ReturnType<typeof smallFile>) => unknown, says: RegExp): void => {
      const file = smallFile();
      const text = JSON.stringify(change(file) ?? file);
      assert.throws(
        () => parseTokenizer(text, 'tokenizer.json'),
        (error) => error instanceof UsageError && says.test(error.message),
      );
    };
    refuses((file) => delete file.model.vocab['a'] && file, /no token with the id 97|different tokens/);
    refuses((file) => void (file.model.vocab['b'] = 64), /id/);
    refuses((file) => void file.model.merges.push('q z'), /merge "q z" has no token/);
    refuses((file) => void file.added_tokens.shift(), /<\|endoftext\|>/);
    refuses((file) => ({ ...file, normalizer: { type: 'NFC' } }), /normalizer/);
    refuses((file) => ({ ...file, model: { ...file.model, type: 'WordPiece' } }), /model\.type/);
    refuses(
      (file) => ({ ...file, added_tokens: [...file.added_tokens, { id: 3, content: '<|de|>' }] }),
      /mixes special tokens/,
    );
    refuses((file) => ({ ...file, added_tokens: [{ id: 1e9, content: '<|de|>' }] }), /added_tokens/);
    assert.throws(() => parseTokenizer('{', 'tokenizer.json'), /tokenizer\.json is no JSON/);
  });

  it(`refuses a broken file with a UsageError and nothing else (${runs} mutations)`, function () {
    this.timeout(30 * 60_000);
    const whole = JSON.stringify(smallFile());
    const json = fc.jsonValue({ maxDepth: 2 });
    const paths = ['added_tokens', 'normalizer', 'pre_tokenizer', 'model', 'model.vocab', 'model.merges', 'model.type'];
    const place = fc.oneof(
      fc.constantFrom(...paths),
      fc.nat(30).map((i) => `added_tokens.${i}.id`),
      fc.nat(30).map((i) => `added_tokens.${i}.content`),
      fc.nat(6).map((i) => `model.merges.${i}`),
      fc.nat(270).map((i) => `model.vocab.${Object.keys(smallFile().model.vocab)[i] ?? '__proto__'}`),
    );
    const change = fc.oneof(
      fc
        .tuple(fc.nat(whole.length), fc.nat(64), fc.string({ maxLength: 8 }))
        .map(([at, length, text]) => whole.slice(0, at) + text + whole.slice(at + length)),
      fc.nat(whole.length).map((length) => whole.slice(0, length)),
      fc
        .tuple(place, fc.oneof(json, fc.integer(), fc.constantFrom(-1, 1e308, '', '\ud800', '<|zh|>', null)))
        .map(([path, value]) => {
          const file = smallFile() as unknown as Record<string, unknown>;
          const names = path.split('.');
          let at = file;
          for (const name of names.slice(0, -1)) at = (at[name] ?? {}) as Record<string, unknown>;
          at[names.at(-1)!] = value;
          return JSON.stringify(file);
        }),
    );
    fc.assert(
      fc.property(change, fc.string({ unit: 'grapheme', maxLength: 12 }), (text, spoken) => {
        let tokenizer;
        try {
          tokenizer = parseTokenizer(text, 'tokenizer.json');
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
          assert.match(error.message, /tokenizer\.json/);
          return;
        }
        // What is accepted must work.
        assert.equal(tokenizer.decode(tokenizer.encode(spoken)), spoken);
        assert.ok(tokenizer.vocabularySize <= 1_100_000);
      }),
      { numRuns: runs },
    );
  });
});

describe('byte-level characters', () => {
  it('write any bytes and read them back', () => {
    const written = (characters: string) => {
      const bytes = new Uint8Array(characters.length + 2);
      return writeBytes(characters, bytes, 1) ? [...bytes] : null;
    };
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(written(charactersOf(bytes)), [0, ...bytes, 0])),
    );
    for (const characters of ['a b', 'ａ', '\u{1f600}']) assert.equal(written(characters), null);
    assert.equal(charactersOf(Buffer.from(' a')), 'Ġa');
  });
});

describe('language names', () => {
  it('are codes, English names and their other names', () => {
    const names = ['zh', 'Chinese', 'mandarin', ' EN ', 'haitian creole', 'flemish', 'klingon', '__proto__'];
    assert.deepEqual(names.map(languageCode), ['zh', 'zh', 'zh', 'en', 'ht', 'nl', null, null]);
    assert.equal(languageCodes.length, 100);
  });
});
