/**
 * One Chinese script for the whole hypothesis: its text, its segments and their words. Whisper writes Mandarin in
 * traditional characters about as often as in simplified ones; scoring and reading want one of them. Token ids stay what
 * the model gave.
 */
import { z } from 'zod';
import { convertWords, scriptConverter, type ConvertScript } from '../language/script.ts';
import type { Segment, WindowCandidates } from '../records.ts';
import { defineOperator } from './define-operator.ts';

export const simplify = defineOperator(
  {
    name: 'simplify',
    summary: 'Writes the Chinese of a hypothesis in one script, simplified unless told otherwise.',
    shape: 'each',
    input: 'hypothesis',
    output: 'hypothesis',
    options: z.strictObject({
      script: z
        .enum(['simplified', 'traditional', 'as-is'])
        .default('simplified')
        .describe('Script of the Chinese text: simplified, traditional (Taiwan), or as the model wrote it.'),
    }),
    checkpoint: 'stateless',
  },
  async ({ script }) => {
    if (script === 'as-is') return (hypothesis) => hypothesis;
    const convert = await scriptConverter(script);
    return (hypothesis) => ({
      ...hypothesis,
      text: convert(hypothesis.text),
      segments: hypothesis.segments.map((segment) => convertSegment(segment, convert)),
      languageSpans: hypothesis.languageSpans.map((span) => ({ ...span, text: convert(span.text) })),
      nBest: hypothesis.nBest?.map((window) => convertCandidates(window, convert)) ?? null,
    });
  },
);

function convertSegment(segment: Segment, convert: ConvertScript): Segment {
  return { ...segment, text: convert(segment.text), words: segment.words && convertWords(segment.words, convert) };
}

function convertCandidates(window: WindowCandidates, convert: ConvertScript): WindowCandidates {
  return {
    ...window,
    candidates: window.candidates.map((candidate) => ({ ...candidate, text: convert(candidate.text) })),
  };
}
