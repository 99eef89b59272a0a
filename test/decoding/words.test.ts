import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { joinTexts, splitWords } from '../../src/decoding/words.ts';
import { whisperTokenizer } from '../support/whisper-tokenizer.ts';

const golden = JSON.parse(readFileSync('fixtures/tokenizer/whisper.json', 'utf8')) as {
  words: [language: string, tokens: number[], words: string[], lengths: number[]][];
};

describe('splitting into words', () => {
  for (const [language, tokens, words, lengths] of golden.words) {
    it(`cuts ${language} as openai-whisper does: ${words.join('|')}`, () => {
      const ours = splitWords(tokens, whisperTokenizer());
      assert.deepEqual(
        ours.map(({ word }) => word),
        words,
      );
      assert.deepEqual(
        ours.map(({ tokens: own }) => own.length),
        lengths,
      );
    });
  }

  const mixed: readonly (readonly [string, string])[] = [
    [
      'Yesterday was 星期一 Today is Tuesday 明天是星期三',
      'Yesterday| was| |星|期|一| Today| is| Tuesday| |明|天|是|星|期|三',
    ],
    ['我昨天 submit 了那个 pull request,还没有 review', '我|昨|天| submit| |了|那个| pull| request|,|还|没有| review'],
    ['用iPhone15拍的。Very nice!', '用|iPhone15|拍|的|。|Very| nice|!'],
    ["It's 牛肉麵, isn't it?", "It's| |牛|肉|麵|,| isn't| it|?"],
    ['龘靐 Größe', '龘|靐| Größe'],
  ];
  // A space that is a token by itself goes to the word behind it with the punctuation (`mergePunctuation`).
  for (const [text, expected] of mixed) {
    it(`cuts mixed text at spaces and between Chinese characters: ${expected}`, () => {
      const tokenizer = whisperTokenizer();
      assert.equal(
        splitWords(tokenizer.encode(text), tokenizer)
          .map(({ word }) => word)
          .join('|'),
        expected,
      );
    });
  }

  it('puts a space between segments only where two words would run into one', () => {
    assert.equal(joinTexts([' We ate.', ' It was good']), ' We ate. It was good');
    assert.equal(
      joinTexts(['明天是Tuesday', 'today is Monday', '对吧', 'yes', ', no', '2 times']),
      '明天是Tuesday today is Monday对吧yes, no 2 times',
    );
    assert.equal(joinTexts([]), '');
  });

  it('loses no token, whatever the tokens are', () => {
    const tokenizer = whisperTokenizer();
    fc.assert(
      fc.property(fc.array(fc.nat(50_256), { maxLength: 30 }), (tokens) => {
        const words = splitWords(tokens, tokenizer);
        assert.deepEqual(
          words.flatMap((word) => word.tokens),
          tokens,
        );
        assert.ok(words.every((word) => word.tokens.length > 0));
      }),
    );
  });
});
