/**
 * A hypothesis held against its reference: alignment, errors, and the sums that the figures of a corpus are made of. The
 * reference comes from the manifest that the audio was read from, or from utterances wired to the port `reference`; with
 * the audio on the port `waveform`, speech without text is measured too.
 */
import { z } from 'zod';
import { SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { loadSilero, type Silero } from '../audio/silero.ts';
import { energyProbabilities, speechStretches } from '../audio/voice-activity.ts';
import { RecordError } from '../errors.ts';
import { languageSet } from '../language/language-set.ts';
import type { Hypothesis, Utterance, Waveform } from '../records.ts';
import { coverageCounts, type Interval } from '../scoring/coverage.ts';
import { profileNamed, profileRules } from '../scoring/profiles/profile-named.ts';
import { scoreHypothesis } from '../scoring/score-hypothesis.ts';
import { defineOperator } from './define-operator.ts';

/** Speech as it is, to the frame: no room around it, and pauses of a breath count as silence. */
const speechOptions = {
  threshold: 0.5,
  minSpeechSeconds: 0.25,
  minSilenceSeconds: 0.3,
  padSeconds: 0,
  maxSeconds: Infinity,
};

export const score = defineOperator(
  {
    name: 'score',
    summary: 'Holds a hypothesis against its reference and counts the errors, by language and near switches.',
    shape: 'each',
    input: { hypothesis: 'hypothesis', reference: 'utterance?', waveform: 'waveform?' },
    output: 'score',
    options: z.strictObject({
      profile: z
        .enum(profileRules.map(({ name }) => name))
        .default(profileRules[0]!.name)
        .describe('Rule by which both texts are folded and cut into units.'),
      languages: z
        .array(z.string())
        .min(1)
        .default(['zh', 'en'])
        .describe('Languages told apart, by the scripts that they are written in.'),
      switchWindow: z
        .int()
        .min(1)
        .max(20)
        .default(3)
        .describe('Errors near switches of language are counted up to this many units from them.'),
      system: z
        .string()
        .nullable()
        .default(null)
        .describe('Name of what made the hypotheses, for reports; null takes the name of the model.'),
      voice: z
        .enum(['voice', 'energy'])
        .default('voice')
        .describe('What tells speech in a waveform: the Silero network (voice) or loudness (energy).'),
    }),
    checkpoint: 'stateless',
  },
  async ({ profile: named, languages, switchWindow, system, voice }, context) => {
    const profile = await profileNamed(named, languageSet(languages));
    const options = { profile, languages, switchWindow, system };
    let silero: Promise<Silero> | null = null;
    context.onClose(async () => (await silero?.catch(() => null))?.release());

    /** The network is loaded when the first waveform comes: most graphs score without one. */
    async function speechIn({ origin, samples, sampleRate }: Waveform, signal: AbortSignal): Promise<Interval[]> {
      if (sampleRate !== SAMPLE_RATE) {
        throw new RecordError('sample-rate', `${origin.path} is at ${sampleRate} Hz; put "resample" before "score".`);
      }
      if (voice === 'voice') silero ??= loadSilero();
      const probabilities = silero ? await (await silero).probabilities(samples, signal) : energyProbabilities(samples);
      return speechStretches(probabilities, samples.length, speechOptions).map(({ start, end }) => ({
        start: origin.start + start / sampleRate,
        end: origin.start + end / sampleRate,
      }));
    }

    return async ({ hypothesis, reference: utterance, waveform }, { signal }) => {
      const reference = referenceOf(hypothesis, utterance);
      const written = hypothesis.segments.filter(({ text }) => text.trim() !== '');
      const coverage = waveform && coverageCounts(await speechIn(waveform, signal), written);
      return scoreHypothesis(hypothesis, reference, options, coverage);
    };
  },
);

function referenceOf({ id, origin }: Hypothesis, utterance: Utterance | undefined): string {
  const reference = utterance === undefined ? origin.reference : utterance.reference;
  if (reference === null) {
    throw new RecordError(
      'no-reference',
      `${utterance?.path ?? origin.path} (${id}) has no reference; give its text in the manifest, or wire utterances with texts to the port "reference" of score.`,
    );
  }
  if (utterance === undefined && origin.piece !== null && origin.piece.count > 1) {
    throw new RecordError(
      'piece-of-reference',
      `${id} is piece ${origin.piece.index + 1} of ${origin.piece.count} of ${origin.path}, and the reference is of the whole; put "join-pieces" before "score".`,
    );
  }
  return reference;
}
