import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isGhost } from '../../src/live/ghosts.ts';
import { loopFrom } from '../../src/live/repetition.ts';

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
