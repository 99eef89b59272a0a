import assert from 'node:assert/strict';
import { defaultTranscribeOptions, type TranscribeOptions } from '../../src/decoding/options.ts';
import { transcribe } from '../../src/decoding/transcribe.ts';
import { UsageError } from '../../src/errors.ts';
import type { CalibratedWindow, Calibrator } from '../../src/language/calibrator.ts';
import type { Candidate } from '../../src/records.ts';
import { toyLogMel, toyModel, toyTokenizer, type ToyModel } from '../support/toy-model.ts';

const words = [' hello', '你好', '!'];
const { startOfTranscript, languages, transcribe: task, timestampBegin, endOfText, noSpeech } = toyTokenizer(words);
const [zh, en] = [languages.get('zh')!, languages.get('en')!];
/** From 0 to 2 s. */
const said = [timestampBegin, 1, 0, 2, timestampBegin + 100, timestampBegin + 100];

/** Hears `english` (a probability) in the tags, and says one thing; notes the prompts that it was given. */
function listening(english: number, facts = {}): { model: ToyModel; prompts: Set<string> } {
  const prompts = new Set<string>();
  const model = toyModel({
    words,
    facts,
    next(tokens) {
      if (tokens.at(-1) === startOfTranscript) {
        return new Map([
          [en, Math.log(english)],
          [zh, Math.log(1 - english)],
          [noSpeech, -20],
        ]);
      }
      const at = tokens.lastIndexOf(task) + 1;
      prompts.add(tokens.slice(tokens.lastIndexOf(startOfTranscript) + 1, at).join(' '));
      return new Map([[said[tokens.length - at] ?? endOfText, 0]]);
    },
  });
  return { model, prompts };
}

/** q as detected; notes the windows that it was opened for. */
function noting(needsPrompts: boolean): { calibrator: Calibrator; windows: CalibratedWindow[] } {
  const windows: CalibratedWindow[] = [];
  const calibrator: Calibrator = {
    name: 'noting',
    needs: { states: false, attention: false },
    needsPrompts,
    open(window) {
      windows.push(window);
      return Promise.resolve({ start: null, posterior: () => Float64Array.from(window.detected), next: () => null });
    },
  };
  return { calibrator, windows };
}

const options: TranscribeOptions = {
  ...defaultTranscribeOptions,
  beamSize: 1,
  temperatures: [0],
  languagePrompt: 'single',
  guard: false,
};
const run = ({ model }: { model: ToyModel }, more: Partial<TranscribeOptions>, heard?: readonly [string, number][]) =>
  transcribe(
    model,
    toyLogMel(400),
    { ...options, ...more },
    { heard: heard?.map(([language, probability]) => ({ language, probability })) ?? null },
  );
const tags = (...tokens: number[]): string => [...tokens, task].join(' ');

describe('the languages of a recording', () => {
  it('are prompted by the detected tag, by all tags in their declared order, or by one prompt for each', async () => {
    for (const [languagePrompt, expected] of [
      ['single', [tags(zh)]],
      ['joined', [tags(en, zh)]],
      ['mixture', [tags(en), tags(zh)]],
    ] as const) {
      const toy = listening(0.3);
      const { calibrator } = noting(false);
      const result = await run(toy, { languagePrompt, languages: ['en', 'zh'], calibrator });
      assert.deepEqual([...toy.prompts].sort(), [...expected].sort(), languagePrompt);
      assert.equal(result.language, 'zh');
      assert.ok(Math.abs(result.languageProbability! - 0.7) < 1e-6);
      assert.equal(toy.model.open(), 0);
    }
  });

  it('are one where one is given, or the port chose between fewer than are declared', async () => {
    for (const [more, heard, probability] of [
      [{ language: 'zh' }, undefined, null],
      [{}, [['zh', 1]], 1],
    ] as const) {
      const toy = listening(0.9);
      const { calibrator } = noting(false);
      const result = await run(
        toy,
        { ...more, languagePrompt: 'mixture', calibrator },
        heard as [string, number][] | undefined,
      );
      assert.deepEqual([...toy.prompts], [tags(zh)]);
      assert.deepEqual([result.language, result.languageProbability], ['zh', probability]);
    }
    const toy = listening(0.9);
    const { calibrator } = noting(false);
    await run(toy, { languagePrompt: 'mixture', calibrator }, [
      ['en', 0.6],
      ['zh', 0.4],
    ]);
    assert.deepEqual([...toy.prompts], [tags(zh), tags(en)]);
  });

  it('are mixed by themselves only where detection chose among the declared ones alone', async () => {
    const cases: [readonly [string, number][], string[]][] = [
      [
        [
          ['zh', 0.9],
          ['en', 0.1],
        ],
        [tags(zh), tags(en)],
      ],
      [
        [
          ['zh', 0.8],
          ['en', 0.1],
          ['ja', 0.1],
        ],
        [tags(zh)],
      ],
      [[['zh', 1]], [tags(zh)]],
    ];
    for (const [heard, expected] of cases) {
      const toy = listening(0.1);
      const { calibrator: mixtureWeights, windows } = noting(false);
      const result = await run(toy, { languagePrompt: 'auto', mixtureWeights }, heard);
      assert.deepEqual([...toy.prompts].sort(), [...expected].sort());
      // The recording has two windows; in each the weights are asked for once.
      assert.equal(windows.length, 2 * (expected.length - 1));
      const q = result.segments[0]!.tokenScores[0]!.external;
      assert.equal(q === null, expected.length === 1);
    }
    const toy = listening(0.1);
    await run(toy, { languagePrompt: 'auto', mixtureWeights: noting(false).calibrator });
    assert.deepEqual([...toy.prompts], [tags(zh)], 'nobody chose: the model heard all its languages');
  });

  it('are plainly decoded, without spans, where the language is not declared', async () => {
    const toy = listening(0.9);
    const { calibrator, windows } = noting(false);
    const result = await run(toy, { languages: ['zh', 'ja'], languagePrompt: 'mixture', calibrator });
    assert.deepEqual([...toy.prompts], [tags(en)]);
    assert.deepEqual([result.languages, result.languageSpans, windows], [[], [], []]);
    const [first] = result.segments[0]!.tokenScores;
    assert.deepEqual([first!.language, first!.internal, first!.external], ['other', [1], null]);
  });

  it('need no tags in a model that knows English alone', async () => {
    const { calibrator, windows } = noting(false);
    const english = toyModel({
      words,
      facts: { multilingual: false },
      next: (tokens) => new Map([[said[tokens.length - tokens.lastIndexOf(startOfTranscript) - 1] ?? endOfText, 0]]),
    });
    const model = { ...english, tokenizer: { ...english.tokenizer, languages: new Map<string, number>() } };
    const result = await run({ model }, { languagePrompt: 'mixture', calibrator });
    assert.equal(result.language, 'en');
    assert.deepEqual(windows, []);
    assert.deepEqual(result.languageSpans.map(({ language }) => language).slice(0, 2), ['zh', 'en']);
  });

  it('are detected again in every window for the calibrator, among the declared ones', async () => {
    const toy = listening(0.25);
    const { calibrator, windows } = noting(false);
    const { segments } = await run(toy, { languagePrompt: 'mixture', calibrator });
    assert.deepEqual(
      windows.map(({ heard, positions }) => [heard, positions]),
      [
        [200, 1500],
        [100, 1500],
      ],
    );
    for (const { detected } of windows) detected.forEach((p, i) => assert.ok(Math.abs(p - [0.75, 0.25][i]!) < 1e-6));
    for (const { tokenScores, tokens } of segments) {
      assert.deepEqual(
        tokenScores.map(({ token }) => token),
        tokens,
      );
      assert.ok(tokenScores.every(({ external }) => external !== null));
    }
  });

  it('are told by all prompts to a calibrator that compares them, only where its q is used', async () => {
    const { calibrator, windows } = noting(true);
    const unused = listening(0.9);
    await run(unused, { language: 'zh', calibrator });
    assert.deepEqual([[...unused.prompts], windows], [[tags(zh)], []]);
    const used = listening(0.9);
    await run(used, { calibrator, rescoring: { ...options.rescoring, mode: 'replace' } });
    assert.deepEqual([...used.prompts], [tags(zh), tags(en)]);
    const mixed = listening(0.9);
    await run(mixed, { calibrator, languagePrompt: 'mixture' });
    assert.deepEqual([...mixed.prompts], [tags(zh), tags(en)]);
    assert.ok(windows.length > 2);
    await assert.rejects(
      run(used, { languagePrompt: 'joined', calibrator, rescoring: { ...options.rescoring, mode: 'replace' } }),
      (error) => error instanceof UsageError && error.code === 'calibrator' && /noting compares/.test(error.message),
    );
  });

  it('cannot be scored with q where no calibrator gives it', async () => {
    await assert.rejects(
      run(listening(0.5), { rescoring: { ...options.rescoring, mode: 'external' } }),
      (error) => error instanceof UsageError && /name a calibrator/.test(error.message),
    );
  });
});

describe('what transcribe tells of languages', () => {
  it('is spans with text and times, and n-best lists with token scores where they are asked for', async () => {
    const { languageSpans, nBest, languages: declared, segments } = await run(listening(0.2), { nBest: 3 });
    assert.deepEqual(declared, ['zh', 'en']);
    assert.deepEqual(
      languageSpans.map(({ language, text, start, end }) => [language, text, start, end]),
      [
        ['zh', '你好', 0, 0.67],
        ['en', 'hello!', 0.67, 2],
        ['zh', '你好', 2, 2.67],
        ['en', 'hello!', 2.67, 4],
      ],
    );
    assert.deepEqual(
      nBest!.map(({ seek, candidates }) => [seek, candidates.map(({ text, ended }) => [text, ended])]),
      [0, 200].map((seek) => [seek, [['你好 hello!', true]]]),
    );
    const [{ tokens, tokenScores, score }] = nBest![0]!.candidates as [Candidate];
    const ofSegment = segments[0]!.tokenScores.slice(0, 5);
    assert.deepEqual(
      [...tokens.slice(0, 5)],
      ofSegment.map(({ token }) => token),
    );
    assert.deepEqual(
      [...tokenScores.slice(0, 5)],
      ofSegment.map((token) => token.score),
    );
    assert.ok(Math.abs(tokenScores.reduce((sum, one) => sum + one, 0) - score) < 1e-9);
    assert.equal((await run(listening(0.2), {})).nBest, null);
  });
});
