import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { scriptConverter, type ConvertScript } from '../../src/language/script.ts';
import { shared } from '../support/shared.ts';

/** Every ideograph of the two blocks that text is written in. */
const ideographs = Array.from({ length: 0xa000 - 0x3400 }, (_, i) => String.fromCharCode(0x3400 + i));
const common = '我们说这是一个关于发展和头发的干净故事著着見過裡麼為甚'.split('');

describe('scriptConverter', () => {
  let simplified: ConvertScript;
  let traditional: ConvertScript;
  before(async () => {
    simplified = await scriptConverter('simplified');
    traditional = await scriptConverter('traditional');
  });

  it('writes traditional text in simplified characters', () => {
    const pairs =
      '麵條 面条|乾淨 干净|乾坤 乾坤|頭髮 头发|發展 发展|甚麼 甚么|台灣 台湾|臺灣 台湾|這裡 这里|羣眾 群众|後天 后天|皇后 皇后';
    for (const pair of pairs.split('|')) {
      const [from, to] = pair.split(' ') as [string, string];
      assert.equal(simplified(from), to);
    }
  });

  it('tells the particle of Taiwan from the word that both scripts write alike', () => {
    for (const [from, to] of Object.entries({
      看著: '看着',
      我抱著一大堆紙箱: '我抱着一大堆纸箱',
      他笑著說: '他笑着说',
      跟著作者: '跟著作者',
      著急: '着急',
    })) {
      assert.equal(simplified(from), to);
    }
    for (const kept of ['著名', '显著', '著作权', '名著', '专著', '土著', '原著', '巨著', '编著'])
      assert.equal(simplified(kept), kept);
    assert.equal(simplified('顯著'), '显著');
  });

  it('leaves text that is simplified already alone', () => {
    for (const text of [
      '是么',
      '干么',
      '你好么',
      '显著',
      '牛肉面',
      '皇后',
      '公里',
      '乾隆',
      '大学生利用漏洞免费吃肯德基获刑',
    ]) {
      assert.equal(simplified(text), text);
    }
  });

  it('writes simplified text in traditional characters, by phrases', () => {
    for (const [from, to] of Object.entries({
      头发: '頭髮',
      发展: '發展',
      后天: '後天',
      皇后: '皇后',
      什么: '什麼',
      看着: '看著',
    })) {
      assert.equal(traditional(from), to);
    }
  });

  it('makes one character of every character, and nothing more of it the second time', () => {
    // 薴, a herb, comes to its simplified form in two steps: the one flaw of OpenCC's table.
    for (const character of ideographs) {
      for (const convert of [simplified, traditional]) {
        const once = convert(character);
        assert.equal([...once].length, 1, character);
        if (character !== '薴' && character !== '苎' && character !== '幺')
          assert.equal(convert(once), once, character);
      }
    }
  });

  it('keeps the number of characters, and everything that is not Chinese', () => {
    const text = fc.array(
      fc.oneof(fc.constantFrom(...common, ...ideographs.slice(7000, 7300)), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(text, (parts) => {
        for (const convert of [simplified, traditional])
          assert.equal([...convert(parts.join(''))].length, [...parts.join('')].length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (ascii) => {
        assert.equal(simplified(ascii), ascii);
        assert.equal(traditional(ascii), ascii);
      }),
    );
  });

  it('changes nothing more the second time in what Whisper wrote (needs ../shared)', function () {
    const lines = readFileSync(shared(this, 'golden/decode.jsonl'), 'utf8').trim().split('\n');
    let changed = 0;
    for (const line of lines) {
      for (const { text } of (JSON.parse(line) as { decode: { text: string }[] }).decode) {
        const once = simplified(text);
        assert.equal(simplified(once), once);
        assert.equal([...once].length, [...text].length);
        if (once !== text) changed++;
      }
    }
    assert.ok(changed > 20, `${changed} texts in traditional characters`);
  });
});
