/** Scores of made-up texts whose units have a space between any two. */
import type { Hypothesis, Score } from '../../src/records.ts';
import type { Profile } from '../../src/scoring/profiles/profile.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { unitsOf } from './units-of.ts';

/** Takes a text as it is: no folding that a case worked by hand would have to think of. */
export const spacedProfile: Profile = {
  name: 'spaced',
  summary: 'Units with a space between.',
  normalise: (text) => text,
  units: unitsOf,
};

export function hypothesisOf(text: string, more: Partial<Hypothesis> = {}): Hypothesis {
  return {
    kind: 'hypothesis',
    id: 'u',
    origin: { path: 'u.wav', start: 0, duration: 1, reference: null, speaker: null, piece: null },
    model: 'm',
    language: 'zh',
    languageProbability: null,
    languages: ['zh', 'en'],
    text,
    segments: [],
    languageSpans: [],
    guardedWindows: 0,
    nBest: null,
    ...more,
  };
}

export const spacedOptions = { profile: spacedProfile, languages: ['zh', 'en'], switchWindow: 3, system: null };

export function scored(reference: string, hypothesis: string): Score {
  return scoreHypothesis(hypothesisOf(hypothesis), reference, spacedOptions);
}
