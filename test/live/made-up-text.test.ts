import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isGhost } from '../../src/live/ghosts.ts';
import type { Heard } from '../../src/live/hear-window.ts';
import { believe, echoFrom, rushFrom, saysAgain } from '../../src/live/made-up.ts';
import { loopFrom } from '../../src/live/repetition.ts';
import { wordKey } from '../../src/live/word-key.ts';

describe('loops in what becomes final', () => {
  it('are cut behind their second turn', () => {
    const loop = Array.from({ length: 20 }, (_, i) => 'and so my fellow'.split(' ')[i % 4]!);
    assert.equal(loopFrom(loop), 8);
    assert.equal(loopFrom(['i', 'said', ...new Array<string>(12).fill('no')]), 4);
  });

  it('are more than people say', () => {
    for (const said of [
      'no no no',
      '对对对对',
      'very very very good',
      'a b a b a b',
      'ask not what you ask not what you',
    ]) {
      assert.equal(loopFrom(said.includes(' ') ? said.split(' ') : [...said]), null, said);
    }
  });

  it('are found wherever a phrase of up to 12 words comes eight times', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 1, maxLength: 1 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.array(word, { maxLength: 10 }),
        (phrase, before) => {
          const at = loopFrom([...before, ...Array.from({ length: 8 }, () => phrase).flat()]);
          assert.ok(at !== null && at <= before.length + 2 * phrase.length);
        },
      ),
    );
  });
});

describe('texts that nobody said', () => {
  const credits = [
    '字幕由 Amara.org 社群提供',
    '字幕由Amara.org社区提供',
    '請不吝點贊訂閱轉發打賞支持明鏡與點點欄目',
    '请不吝点赞 订阅 转发 打赏支持明镜与点点栏目',
    'Subtitles by the Amara.org community',
    '中文字幕志愿者 李宗盛',
  ];
  for (const credit of credits) {
    it(`are known: ${credit}`, () => assert.equal(isGhost(credit, false), true));
  }

  it('are believed where they may be true and the sound is clear', () => {
    for (const said of ['Thank you.', 'Thanks for watching!', '谢谢大家', '谢谢观看']) {
      assert.deepEqual([isGhost(said, true), isGhost(said, false)], [true, false], said);
    }
  });

  it('are not looked for inside of what is said', () => {
    for (const said of [
      'Thank you for the report on subtitles.',
      '谢谢你的帮助',
      '这个电影有中文字幕吗',
      'So what do we do?',
    ]) {
      assert.equal(isGhost(said, true), false, said);
    }
  });
});

/** Words as "Rice 0-0.4 order 0.4-0.9". */
function timed(text: string): { word: string; start: number; end: number }[] {
  return [...text.matchAll(/(\S+) ([\d.]+)-([\d.]+)/g)].map(([, word, start, end]) => ({
    word: ` ${word}`,
    start: Number(start),
    end: Number(end),
  }));
}

function heard(text: string, figures: Partial<Heard> = {}): Heard {
  const words = timed(text).map((word) => {
    return { ...word, probability: 0.9, language: 'en', internal: null, external: null, tokens: [1], tokenScores: [] };
  });
  const sure = {
    language: 'en',
    languages: ['en'],
    silent: false,
    averageLogProbability: -0.3,
    noSpeechProbability: 0,
  };
  return { ...sure, ...figures, words: words as unknown as Heard['words'] };
}

describe('words that had no time to be said', () => {
  // Places as cross-attention gave them for a voice that says each once (../shared/audio/fmt_flac_*).
  const once = 'rice 0-0.38 partition 0.38-0.86 order 0.86-1.28';
  const cases: [string, string, number][] = [
    ['the same once more, all at one moment', `${once} rice 1.28-1.28 partition 1.28-1.28 order 1.28-1.32`, 3],
    ['the same word once more', 'left 0.86-1.4 left 1.52-1.52', 1],
    ['a heap behind what was said', 'right 2.32-2.44 left 2.88-2.88 right 2.88-2.88 left 2.88-2.88 up 2.88-2.88', 1],
    ['a heap and nothing else', 'left 3.5-3.5 right 3.5-3.5 up 3.5-3.5', 0],
    ['a word that goes round in itself', `so 0-0.4 ${'h'.repeat(60)} 0.4-1.7`, 1],
  ];
  for (const [name, text, kept] of cases) {
    it(`are kept back: ${name}`, () => {
      assert.deepEqual(believe(heard(text), [], wordKey), { words: kept, isLoop: kept === 0 });
    });
  }

  it('are none of those that people say, fast or twice', () => {
    // A tenth of a second a word is more than the fastest speech; a word may seem to have no length all the same.
    const word = fc.record({
      text: fc.constantFrom('no', 'no', '对', 'yes', 'and'),
      length: fc.double({ min: 0.1, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.nat(12), (said, slip) => {
        let at = 0;
        const words = said.map(({ text, length }, index) => {
          const start = at;
          if (index !== slip || index === said.length - 1) at += length;
          return { word: text, start, end: at };
        });
        assert.equal(rushFrom(words), words.length);
        const keys = words.map(({ word: text }) => text);
        if (slip >= said.length - 1) assert.equal(echoFrom(words, keys), words.length);
      }),
    );
  });

  it('are all words of a guess over what may be no speech, and only those', () => {
    const kept = (averageLogProbability: number, noSpeechProbability: number): number =>
      believe(heard('music 0-0.9 playing 0.9-1.6', { averageLogProbability, noSpeechProbability }), [], wordKey).words;
    assert.deepEqual([kept(-1.6, 0.44), kept(-1.6, 0.1), kept(-0.4, 0.44)], [0, 2, 2]);
  });
});

describe('what was said, once more', () => {
  const said = [...'今天是星期二明天是星期三'];
  const cases: [string, boolean][] = [
    ['明天是星期三', true],
    ['今天是', true],
    ['是星', false],
    ['星期三今天', false],
    ['明天是星期四', false],
    ['', false],
  ];
  for (const [text, isSame] of cases) {
    it(`is told from what is new: ${text}`, () => assert.equal(saysAgain([...text], said), isSame));
  }
});
