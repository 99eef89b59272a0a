/** All profiles, and the one of a name. */
import { UsageError } from '../../errors.ts';
import { languageSet, type LanguageSet } from '../../language/language-set.ts';
import { editDistance } from '../edit-distance.ts';
import { aishell } from './aishell.ts';
import { ascendOfficial } from './ascend-official.ts';
import { canonical, canonicalTaiwan } from './canonical.ts';
import { ntuWhisper } from './ntu-whisper.ts';
import { pier } from './pier.ts';
import { openProfile, type Profile, type ProfileRule } from './profile.ts';
import { seameEspnet } from './seame-espnet.ts';
import { seamePromptingWhisper } from './seame-prompting-whisper.ts';
import { whisperBasic } from './whisper-basic.ts';
import { whisperEnglish } from './whisper-english.ts';

/** The default first. */
export const profileRules: readonly ProfileRule[] = [
  canonical,
  canonicalTaiwan,
  whisperBasic,
  whisperEnglish,
  seameEspnet,
  seamePromptingWhisper,
  ascendOfficial,
  aishell,
  pier,
  ntuWhisper,
];

/**
 * @param set Languages that the units are told apart by; Mandarin and English where none are given.
 * @throws UsageError `profile` when there is none of that name.
 */
export async function profileNamed(name: string, set: LanguageSet = languageSet()): Promise<Profile> {
  const rule = profileRules.find((known) => known.name === name);
  if (rule !== undefined) return openProfile(rule, set);
  const names = profileRules.map((known) => known.name);
  const distance = (known: string): number => editDistance(Array.from(known), Array.from(name));
  const nearest = names.toSorted((a, b) => distance(a) - distance(b))[0]!;
  const mend = distance(nearest) <= name.length / 2 ? `did you mean ${nearest}?` : `there are ${names.join(', ')}.`;
  throw new UsageError('profile', `There is no normalisation profile ${JSON.stringify(name)}; ${mend}`);
}
