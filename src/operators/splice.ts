/**
 * Code-switched utterances out of monolingual ones: an utterance of one language is joined to one of another at the
 * boundary of their words, which is the end of one and the beginning of the other. The quiet in between becomes a pause
 * that is drawn, and both become equally loud. So recordings of words and sentences give switches that nobody recorded;
 * voices change with the language, which real speech does not do, so they should be a part of the data and not all of it.
 *
 * Which utterances are taken depends on the seed and the ids; two that are joined leave as one, under the id `A+B`.
 * Languages are told by the script of the reference.
 */
import { z } from 'zod';
import { spliced } from '../audio/splice.ts';
import { languageSet } from '../language/language-set.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import type { Waveform } from '../records.ts';
import { profileNamed } from '../scoring/profiles/profile-named.ts';
import { defineOperator, type Released } from './define-operator.ts';
import { languageOptions } from './language-options.ts';

export const splice = defineOperator(
  {
    name: 'splice',
    summary: 'Joins utterances of different languages at the boundary of their words, so that they switch.',
    shape: 'gather',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      share: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('Share of the monolingual utterances that are joined to one of another language.'),
      maxSeconds: z.number().positive().default(12).describe('Longest utterance that is joined, and that comes of it.'),
      pause: z
        .tuple([z.number().min(0), z.number().min(0)])
        .refine(([from, to]) => from <= to, 'must rise')
        .default([0, 0.15])
        .describe('Seconds of silence between the two: the range that is drawn from.'),
      wait: z
        .int()
        .min(1)
        .default(8)
        .describe('Utterances of a language that wait for another one, at most; the first of more goes on alone.'),
      languages: languageOptions.languages,
      seed: z
        .int()
        .default(1)
        .describe('Decides, with the ids, over what is joined, in which order, with which pause.'),
    }),
    holds: ({ wait, languages }) => wait * languages.length + 1,
    checkpoint: 'no',
  },
  async ({ share, maxSeconds, pause: [shortest, longest], wait, languages, seed }) => {
    const { units } = await profileNamed('canonical', languageSet(languages));
    /** Those of each language that wait for one of another, in order of arrival. */
    const waiting = new Map<string, Waveform[]>();

    /** The language of a reference in one language only. */
    function languageOf({ origin: { reference } }: Waveform): string | null {
      const found = new Set(units(reference ?? '').map(({ language }) => language));
      const [only] = found;
      return found.size === 1 && only !== 'other' ? only! : null;
    }

    function partnerFor(language: string, seconds: number, sampleRate: number): Waveform | null {
      for (const [other, list] of waiting) {
        if (other === language) continue;
        const at = list.findIndex(
          (each) => each.origin.duration + seconds <= maxSeconds && each.sampleRate === sampleRate,
        );
        if (at >= 0) return list.splice(at, 1)[0]!;
      }
      return null;
    }

    function join(earlier: Waveform, later: Waveform): Released<Waveform, Waveform> {
      const random = randomNumbersFor(seed, `splice ${earlier.id} ${later.id}`);
      const [a, b] = random() < 0.5 ? [earlier, later] : [later, earlier];
      const pause = shortest + random() * (longest - shortest);
      const { sampleRate, origin } = a;
      const samples = spliced([a.samples, b.samples], [pause], sampleRate);
      const reference = `${origin.reference!.trim()} ${b.origin.reference!.trim()}`;
      const record: Waveform = {
        ...a,
        id: `${a.id}+${b.id}`,
        origin: { ...origin, start: 0, duration: samples.length / sampleRate, reference, speaker: null },
        samples,
      };
      return { record, from: [earlier, later] };
    }

    const alone = (record: Waveform): Released<Waveform, Waveform> => ({ record, from: [record] });
    return {
      add: (record) => {
        const { id, origin, sampleRate } = record;
        const language = languageOf(record);
        const isTaken = randomNumbersFor(seed, `splice ${id}`)() < share && origin.duration <= maxSeconds;
        if (language === null || !isTaken) return [alone(record)];
        const partner = partnerFor(language, origin.duration, sampleRate);
        if (partner !== null) return [join(partner, record)];
        const list = waiting.get(language) ?? [];
        waiting.set(language, [...list, record].slice(-wait));
        return list.length < wait ? [] : [alone(list[0]!)];
      },
      flush: () => {
        const rest = [...waiting.values()].flat();
        waiting.clear();
        return rest.map(alone);
      },
    };
  },
);
