import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { promptsOf, type PromptOptions } from '../../src/decoding/prompt.ts';
import { toyModel } from '../support/toy-model.ts';

const model = toyModel({ words: [' a', ' b'], next: () => new Map() });
const { startOfTranscript, transcribe, translate, startOfPrevious, noTimestamps, languages } = model.tokenizer;
const [zh, en] = [languages.get('zh')!, languages.get('en')!];
const options: PromptOptions = {
  task: 'transcribe',
  tags: [['zh']],
  withoutTimestamps: false,
  prefix: null,
  sampleLength: null,
};

describe('the prompt', () => {
  it('is start, language and task, then the prefix', () => {
    assert.deepEqual(promptsOf(model, options, []), { rows: [[startOfTranscript, zh, transcribe]], startIndex: 0 });
    const told = { ...options, tags: [['en']], task: 'translate', withoutTimestamps: true, prefix: ' b a ' } as const;
    assert.deepEqual(promptsOf(model, told, []).rows[0], [startOfTranscript, en, translate, noTimestamps, 1, 0]);
  });

  it('has the tags of all languages, or is one for each of them', () => {
    const joined = { ...options, tags: [['en', 'zh']] };
    assert.deepEqual(promptsOf(model, joined, []).rows, [[startOfTranscript, en, zh, transcribe]]);
    const apart = { ...options, tags: [['en'], ['zh']], prefix: ' b' };
    assert.deepEqual(promptsOf(model, apart, [1]), {
      rows: [
        [startOfPrevious, 1, startOfTranscript, en, transcribe, 1],
        [startOfPrevious, 1, startOfTranscript, zh, transcribe, 1],
      ],
      startIndex: 2,
    });
    assert.throws(() => promptsOf(model, { ...options, tags: [['en'], ['en', 'zh']] }, []), /differ in length/);
  });

  it('begins with the last 223 tokens of the text before it', () => {
    const previous = Array.from({ length: 300 }, (_, i) => i % 2);
    const { rows, startIndex } = promptsOf(model, options, previous);
    const [tokens = []] = rows;
    assert.deepEqual(tokens.slice(0, 224), [startOfPrevious, ...previous.slice(-223)]);
    assert.equal(startIndex, 224);
    assert.equal(tokens[startIndex], startOfTranscript);
  });

  it('keeps the end of a prefix that leaves too little room to sample', () => {
    const prefix = ' a'.repeat(9) + ' b';
    assert.deepEqual(promptsOf(model, { ...options, prefix, sampleLength: 222 }, []).rows[0]!.slice(3), [0, 1]);
    assert.throws(() => promptsOf(model, { ...options, prefix: ' a'.repeat(221) }, []), UsageError);
  });

  it('of a model that knows English alone is the start', () => {
    const english = toyModel({ words: [' a'], next: () => new Map(), facts: { multilingual: false } });
    assert.deepEqual(promptsOf(english, { ...options, tags: [['en']] }, []).rows[0], [
      english.tokenizer.startOfTranscript,
    ]);
    assert.throws(() => promptsOf(english, options, []), /transcribes English only/);
    assert.throws(() => promptsOf(english, { ...options, tags: [['en']], task: 'translate' }, []), UsageError);
  });
});
