import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { promptOf, type PromptOptions } from '../../src/decoding/prompt.ts';
import { toyModel } from '../support/toy-model.ts';

const model = toyModel({ words: [' a', ' b'], next: () => new Map() });
const { startOfTranscript, transcribe, translate, startOfPrevious, noTimestamps, languages } = model.tokenizer;
const [zh, en] = [languages.get('zh')!, languages.get('en')!];
const options: PromptOptions = {
  task: 'transcribe',
  language: 'zh',
  withoutTimestamps: false,
  prefix: null,
  sampleLength: null,
};

describe('the prompt', () => {
  it('is start, language and task, then the prefix', () => {
    assert.deepEqual(promptOf(model, options, []), { tokens: [startOfTranscript, zh, transcribe], startIndex: 0 });
    const told = { ...options, language: 'en', task: 'translate', withoutTimestamps: true, prefix: ' b a ' } as const;
    assert.deepEqual(promptOf(model, told, []).tokens, [startOfTranscript, en, translate, noTimestamps, 1, 0]);
  });

  it('begins with the last 223 tokens of the text before it', () => {
    const previous = Array.from({ length: 300 }, (_, i) => i % 2);
    const { tokens, startIndex } = promptOf(model, options, previous);
    assert.deepEqual(tokens.slice(0, 224), [startOfPrevious, ...previous.slice(-223)]);
    assert.equal(startIndex, 224);
    assert.equal(tokens[startIndex], startOfTranscript);
  });

  it('keeps the end of a prefix that leaves too little room to sample', () => {
    const prefix = ' a'.repeat(9) + ' b';
    assert.deepEqual(promptOf(model, { ...options, prefix, sampleLength: 222 }, []).tokens.slice(3), [0, 1]);
    assert.throws(() => promptOf(model, { ...options, prefix: ' a'.repeat(221) }, []), UsageError);
  });

  it('of a model that knows English alone is the start', () => {
    const english = toyModel({ words: [' a'], next: () => new Map(), facts: { multilingual: false } });
    assert.deepEqual(promptOf(english, { ...options, language: 'en' }, []).tokens, [
      english.tokenizer.startOfTranscript,
    ]);
    assert.throws(() => promptOf(english, options, []), /transcribes English only/);
    assert.throws(() => promptOf(english, { ...options, language: 'en', task: 'translate' }, []), UsageError);
  });
});
