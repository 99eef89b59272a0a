import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds, timestamp } from '../../../src/tables/text/timestamp.ts';
import { oneLine, transcriptOf } from '../../../src/tables/text/transcript.ts';
import type { Hypothesis } from '../../../src/records.ts';

function piece(index: number, count: number, language: string, text: string): Hypothesis {
  const origin = {
    path: 'a.wav',
    start: index,
    duration: 1,
    reference: null,
    speaker: null,
    piece: { recording: 'a', index, count },
  };
  return {
    kind: 'hypothesis',
    id: `a-${index}`,
    origin,
    model: 'm',
    language,
    languageProbability: null,
    languages: ['zh', 'en'],
    text,
    segments: [],
    languageSpans: [],
    guardedWindows: 0,
    nBest: null,
  };
}

describe('transcriptOf', () => {
  for (const [texts, expected] of [
    [[' Good morning', ' to all'], ' Good morning to all'],
    [['Good morning', 'to all'], 'Good morning to all'],
    [['我去了', '圖書館'], '我去了圖書館'],
    [['我去了', 'the library'], '我去了the library'],
    [['Hello,', '，你好'], 'Hello,，你好'],
    [['', 'one', ''], 'one'],
    [['𠀀', '𠀁'], '𠀀𠀁'],
  ] as const) {
    it(`joins ${JSON.stringify(texts)} as its scripts are written`, () => {
      const [first, ...rest] = texts.map((text, index) => piece(index, texts.length, 'zh', text));
      assert.equal(transcriptOf([first as Hypothesis, ...rest]).text, expected);
    });
  }

  it('names the recording, and the language of the most text', () => {
    const { id, language } = transcriptOf([
      piece(1, 3, 'zh', '一二三四五'),
      piece(0, 3, 'en', 'abc'),
      piece(2, 3, 'en', 'abcd'),
    ]);
    assert.deepEqual([id, language], ['a', 'en']);
  });
});

describe('timestamp', () => {
  it('is the time that it prints, to the millisecond', () => {
    fc.assert(
      fc.property(fc.nat(400_000_000), fc.boolean(), (time, alwaysHours) => {
        const printed = /^(?:(\d{2,}):)?(\d\d):(\d\d),(\d{3})$/.exec(timestamp(time, alwaysHours, ','));
        assert.ok(printed);
        const [, hours = '0', minutes, seconds, rest] = printed
          .map(Number)
          .map((value) => (Number.isNaN(value) ? 0 : value));
        assert.equal(Number(hours) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000 + (rest ?? 0), time);
        assert.equal(printed[1] === undefined, !alwaysHours && time < 3_600_000);
      }),
    );
  });

  it('rounds halves to even, as Python does, and is never negative', () => {
    assert.deepEqual([0.0005, 0.0015, 0.0025, 1.2345, -3].map(milliseconds), [0, 2, 2, 1234, 0]);
  });
});

describe('oneLine', () => {
  it('leaves no line break, and no space around', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => !/[\r\n\u2028\u2029]/u.test(oneLine(` ${text}\n\n${text} `)),
      ),
    );
    assert.equal(oneLine(' a \r\n b\n'), 'a b');
  });
});
