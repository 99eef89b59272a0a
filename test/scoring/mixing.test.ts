import assert from 'node:assert/strict';
import { mixingCounts, mixingMeasures } from '../../src/scoring/mixing.ts';
import { sumCounts } from '../../src/scoring/sum-counts.ts';
import { distancesToSwitch, switchesOf } from '../../src/scoring/switches.ts';
import { unitsOf } from '../support/units-of.ts';

const languages = ['zh', 'en'];
const measures = (...texts: string[]) => {
  const [first, ...rest] = texts.map((text) => mixingCounts(unitsOf(text), languages));
  const switches = texts.reduce((sum, text) => sum + switchesOf(unitsOf(text)).length, 0);
  return mixingMeasures(sumCounts(first!, rest), switches);
};
const close = (value: number | null, expected: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-12, `${value} is not ${expected}`);

describe('mixing measures', () => {
  it('of a text by hand: 我 要 去 office 开 a big meeting', () => {
    // zh 3, en 1, zh 1, en 3: shares of one half, three switches in seven places, spans of 3, 1, 1, 3.
    const { codeMixingIndex, codeMixingIndex2, integrationIndex, multilingualIndex, burstiness } =
      measures('我 要 去 office 开 a big meeting');
    close(codeMixingIndex, 50);
    close(codeMixingIndex2, (100 * (2 + 1.5)) / 8);
    close(integrationIndex, 3 / 7);
    close(multilingualIndex, 1);
    close(burstiness, (1 - 2) / (1 + 2));
  });

  it('leaves numbers out of the mixture, as Gambäck and Das do', () => {
    close(measures('我 3 4 5 eat').codeMixingIndex, 50);
    close(measures('1 2 我').codeMixingIndex, 0);
  });

  it('of one language are zero, of none are not defined', () => {
    const alone = measures('我 们 去');
    close(alone.codeMixingIndex, 0);
    close(alone.codeMixingIndex2, 0);
    close(alone.integrationIndex, 0);
    close(alone.multilingualIndex, 0);
    assert.ok(Object.values(measures('1 2 3')).every((value) => value === null));
    assert.ok(Object.values(measures('')).every((value) => value === null));
  });

  it('of many texts: indices of utterances are averaged, all others come from the sums', () => {
    const { codeMixingIndex, integrationIndex, multilingualIndex, burstiness } = measures('我 eat', '我 们', '');
    close(codeMixingIndex, 25);
    close(integrationIndex, 1 / 2);
    close(multilingualIndex, (1 - (9 + 1) / 16) / ((9 + 1) / 16));
    // Spans of 1, 1 and 2 units.
    const [mean, deviation] = [4 / 3, Math.sqrt(2) / 3];
    close(burstiness, (deviation - mean) / (deviation + mean));
  });
});

describe('switches of language', () => {
  const cases: readonly (readonly [string, (number | null)[]])[] = [
    ['我 想 吃 beef', [3, 2, 1, 1]],
    ['a b c 是 d e f', [3, 2, 1, 1, 1, 2, 3]],
    ['我 1 2 eat 3 it', [1, 1, 1, 1, 2, 3]],
    ['我 a 1 b c 是 2', [1, 1, 2, 2, 1, 1, 2]],
    ['我 们', [null, null]],
    ['1 2', [null, null]],
    ['', []],
  ];
  for (const [text, distances] of cases) {
    it(`of ${text || 'nothing'} are ${distances.join(' ')} units away`, () =>
      assert.deepEqual(distancesToSwitch(unitsOf(text)), distances));
  }
});
