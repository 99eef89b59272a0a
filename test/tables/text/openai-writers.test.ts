import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { LanguageSpan, Segment, Word } from '../../../src/records.ts';
import { json, jsonLine } from '../../../src/tables/text/json.ts';
import { srt } from '../../../src/tables/text/srt.ts';
import type { SubtitleOptions } from '../../../src/tables/text/subtitles.ts';
import type { Transcript } from '../../../src/tables/text/transcript.ts';
import { tsv } from '../../../src/tables/text/tsv.ts';
import { txt } from '../../../src/tables/text/txt.ts';
import { vtt } from '../../../src/tables/text/vtt.ts';

/** Made by openai-whisper's own writers; see fixtures/text/make-openai-writers.py. */
const golden = JSON.parse(readFileSync('fixtures/text/openai-writers.json', 'utf8')) as {
  readonly results: Readonly<Record<string, OpenaiResult>>;
  readonly cases: readonly {
    readonly result: string;
    readonly options: Readonly<Record<string, number | boolean>>;
    readonly printed: Readonly<Record<'txt' | 'vtt' | 'srt' | 'tsv' | 'json', string>>;
  }[];
};

interface OpenaiResult {
  readonly text: string;
  readonly language: string;
  readonly segments: readonly OpenaiSegment[];
}

interface OpenaiSegment extends Pick<Segment, 'start' | 'end' | 'text' | 'tokens' | 'seek' | 'temperature'> {
  readonly avg_logprob: number;
  readonly compression_ratio: number;
  readonly no_speech_prob: number;
  readonly words?: readonly Word[];
}

const spans: readonly LanguageSpan[] = [{ language: 'en', text: ' Hello', start: 0, end: 1, confidence: 0.75 }];

function transcript({ text, language, segments }: OpenaiResult): Transcript {
  return {
    id: 'a',
    path: 'talks/a.wav',
    language,
    text,
    segments: segments.map(({ start, end, text: spoken, tokens, seek, temperature, words = null, ...rest }) => ({
      start,
      end,
      text: spoken,
      tokens,
      tokenScores: [],
      seek,
      temperature,
      averageLogProbability: rest.avg_logprob,
      compressionRatio: rest.compression_ratio,
      noSpeechProbability: rest.no_speech_prob,
      words,
    })),
    languageSpans: spans,
  };
}

function subtitleOptions(given: Readonly<Record<string, number | boolean>>): SubtitleOptions {
  const number = (name: string): number | null => (typeof given[name] === 'number' ? given[name] : null);
  return {
    highlightWords: given['highlight_words'] === true,
    maxLineWidth: number('max_line_width'),
    maxLineCount: number('max_line_count'),
    maxWordsPerLine: number('max_words_per_line'),
  };
}

describe("openai-whisper's own writers print the same", () => {
  for (const { result, options, printed } of golden.cases) {
    const spoken = transcript(golden.results[result] as OpenaiResult);
    const given = subtitleOptions(options);
    const title = `for the result "${result}" with ${JSON.stringify(options)}`;

    it(`srt ${title}`, () => assert.equal(srt(spoken, given), printed.srt));
    it(`vtt ${title}`, () => assert.equal(vtt(spoken, given), printed.vtt));
    if (Object.keys(options).length > 0) continue;
    it(`txt ${title}`, () => assert.equal(txt(spoken), printed.txt));
    it(`tsv ${title}`, () => assert.equal(tsv(spoken), printed.tsv));
    it(`json ${title}`, () => {
      assert.deepEqual(JSON.parse(json(spoken)), { ...JSON.parse(printed.json), language_spans: spans });
      const { language, text, segments } = JSON.parse(printed.json) as OpenaiResult;
      assert.deepEqual(JSON.parse(jsonLine(spoken)), {
        file: 'talks/a.wav',
        language,
        text,
        segments,
        language_spans: spans,
      });
      assert.equal(jsonLine(spoken).indexOf('\n'), jsonLine(spoken).length - 1);
    });
  }
});
