/** Recognises utterances while they are spoken: partial texts that may change, and final texts that never do. */
import { z } from 'zod';
import { melSpectrogram } from '../audio/mel-spectrogram.ts';
import { defaultTranscribeOptions as defaults } from '../decoding/options.ts';
import { transcribe } from '../decoding/transcribe.ts';
import type { AnyRecord, FinalText, LiveWord, SpeechChunk } from '../records.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { languageOptions, languageSettings } from './language-options.ts';
import { modelOptions } from './model-options.ts';

export const recogniseSpeech = defineOperator(
  {
    name: 'recognise-speech',
    summary: 'Recognises utterances while they are spoken.',
    shape: 'session',
    input: 'speech',
    output: 'any',
    options: z.strictObject({
      ...modelOptions,
      ...languageOptions,
      beamSize: z.int().min(1).max(64).default(defaults.beamSize).describe('Live hypotheses of final texts.'),
    }),
    checkpoint: 'no',
  },
  async (options, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const wanted = {
      ...defaults,
      ...(await languageSettings(options, model)),
      beamSize: options.beamSize,
      wordTimestamps: true,
      window: { kind: 'fit', slack: 4 } as const,
    };
    let chunks: SpeechChunk[] = [];
    let began: number | null = null;

    const recognise = async (last: SpeechChunk): Promise<FinalText> => {
      const length = chunks.reduce((sum, { samples }) => sum + samples.length, 0);
      const samples = new Float32Array(length);
      let at = 0;
      for (const chunk of chunks) {
        samples.set(chunk.samples, at);
        at += chunk.samples.length;
      }
      const { start } = chunks[0]!.origin;
      chunks = [];
      const transcript = await transcribe(model, melSpectrogram(samples, model.facts.bands), wanted);
      const words: LiveWord[] = transcript.segments.flatMap((segment) =>
        segment.words!.map((word) => ({
          ...word,
          start: start + word.start,
          end: start + word.end,
          language: transcript.languageSpans.findLast((span) => span.start <= word.start)?.language ?? 'other',
          internal: segment.tokenScores[0]?.internal ?? [],
          external: segment.tokenScores[0]?.external ?? null,
        })),
      );
      return {
        kind: 'final',
        id: `${last.origin.path}#${String(last.utterance).padStart(4, '0')}/1`,
        origin: { ...last.origin, start, duration: length / last.sampleRate },
        utterance: last.utterance,
        text: transcript.text,
        words,
        language: transcript.language,
        languages: transcript.languages,
        languageSpans: transcript.languageSpans.map((span) => ({
          ...span,
          start: start + span.start,
          end: start + span.end,
        })),
        confidence: Math.exp(
          words.reduce((sum, { probability }) => sum + Math.log(probability), 0) / words.length || 0,
        ),
        emittedAt: performance.now() / 1000 - began!,
        heardUntil: last.origin.start + last.origin.duration,
        endsUtterance: true,
        endOfSpeech: last.endOfSpeech,
      };
    };

    return {
      async chunk(chunk) {
        const { origin, id, level, probability, utterance, endsUtterance } = chunk;
        began ??= performance.now() / 1000 - (origin.start + origin.duration);
        const given: AnyRecord[] = [
          { kind: 'activity', id, origin, level, probability, speaking: utterance > 0, lag: 0 },
        ];
        if (origin.gap) given.push({ kind: 'gap', id, origin, gap: origin.gap });
        if (utterance > 0) chunks.push(chunk);
        if (endsUtterance) given.push(await recognise(chunk));
        return given;
      },
      flush: () => [],
    };
  },
);
