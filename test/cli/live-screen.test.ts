import assert from 'node:assert/strict';
import { advance, coloured, lastWords, liveLine, meter, silent, widthOf } from '../../src/cli/live-screen.ts';
import type { FinalText, LiveWord, PartialText } from '../../src/records.ts';

const word = (text: string, language: string): LiveWord => ({
  word: text,
  start: 0,
  end: 1,
  probability: 1,
  language,
  internal: [],
  external: null,
});
const words = [word('今', 'zh'), word('天', 'zh'), word(' is', 'en'), word(',', 'other'), word('好', 'zh')];
const text = {
  id: 't',
  origin: { path: 't', start: 0, duration: 1, reference: null, speaker: null, piece: null },
  utterance: 1,
  text: '',
  language: 'zh',
  languages: ['zh', 'en'],
  languageSpans: [],
  confidence: 1,
  emittedAt: 1.5,
  heardUntil: 1.5,
};
const partial = (of: LiveWord[]): PartialText => ({ kind: 'partial', ...text, words: of });
const final = (of: LiveWord[], endsUtterance: boolean): FinalText => ({
  kind: 'final',
  ...text,
  words: of,
  endsUtterance,
  endOfSpeech: null,
});

describe('the screen of a live session', () => {
  it('gives each language its colour; punctuation goes with what it follows', () => {
    const paints = [(part: string) => `<${part}>`, (part: string) => `[${part}]`];
    assert.equal(coloured(words, ['zh', 'en'], paints), '<今天>[ is,]<好>');
  });

  it('collects the final words of an utterance, and lets them go with its end', () => {
    const [today, is] = [words.slice(0, 2), words.slice(2, 3)];
    let { state, ended } = advance(silent, final(today, false));
    assert.deepEqual([state.final, ended], [today, null]);
    ({ state, ended } = advance(state, partial(is)));
    assert.deepEqual([state.open, ended, state.latency], [is, null, 0.5]);
    ({ state, ended } = advance(state, final(is, true)));
    assert.deepEqual([state.final, state.open, ended], [[], [], [...today, ...is]]);
  });

  it('shows the end of what does not fit, Chinese characters two columns wide', () => {
    assert.equal(widthOf('今天 is'), 7);
    assert.deepEqual(lastWords(words, 8), words.slice(1));
    const many = Array.from({ length: 50 }, () => word('长', 'zh'));
    assert.ok(widthOf(liveLine({ ...silent, final: many, languages: ['zh'] }, 40)) <= 40);
  });

  it('has a meter from silence to full scale', () => {
    assert.deepEqual([meter(-100), meter(-60), meter(-36), meter(-12), meter(0)], [' ', ' ', '▄', '█', '█']);
  });
});
