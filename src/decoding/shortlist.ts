/** Which tokens a search wants to hear about: the best of each group whose tokens get one language term, and some by name. */
import { tokenGroups } from '../language/class-masses.ts';
import { scaleOf } from '../language/language-terms.ts';
import type { RescoringOptions } from '../language/rescoring.ts';
import type { TokenLanguages } from '../language/token-language.ts';
import type { Shortlist } from '../whisper/speech-model.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { SpokenLanguages } from './spoken-languages.ts';
import { blankTokens, suppressedTokens, type FilterOptions } from './token-filters.ts';

/**
 * Tokens whose class the byte state of a path decides, and those that only some places forbid, are told by name. The same
 * object comes back for the same arguments, so that the steps of several recordings can be one (speech-model.ts).
 *
 * @param declared Null where no languages are declared: then all tokens are one group.
 * @param power What the language terms multiply log-probabilities by (`scaleOf`).
 */
export function searchShortlist(
  tokenizer: Tokenizer,
  declared: TokenLanguages | null,
  { suppressTokens }: Pick<FilterOptions, 'suppressTokens'>,
  power: number,
): Shortlist {
  const lists = known.get(declared ?? tokenizer) ?? new Map<string, Shortlist>();
  known.set(declared ?? tokenizer, lists);
  const key = `${power} ${suppressTokens.join()}`;
  const found = lists.get(key) ?? makeShortlist(tokenizer, declared, suppressTokens, power);
  lists.set(key, found);
  return found;
}

/** The shortlist of a recording's decodings; null where powers of a mixture are needed, which only whole rows tell. */
export function shortlistFor(
  tokenizer: Tokenizer,
  { declared, prompt }: Pick<SpokenLanguages, 'declared' | 'prompt'>,
  options: Pick<FilterOptions, 'suppressTokens'> & { readonly rescoring: RescoringOptions },
): Shortlist | null {
  const power = declared === null ? 1 : scaleOf(options.rescoring);
  return prompt === null && power !== 1 ? null : searchShortlist(tokenizer, declared, options, power);
}

const known = new WeakMap<object, Map<string, Shortlist>>();

function makeShortlist(
  tokenizer: Tokenizer,
  declared: TokenLanguages | null,
  suppress: readonly number[],
  power: number,
): Shortlist {
  const { endOfText } = tokenizer;
  const suppressed = new Set(suppressedTokens(tokenizer, suppress));
  const named = [...(declared?.continuations ?? []), ...blankTokens(tokenizer)];
  const listed = [...new Set(named)].filter((token) => token < endOfText && !suppressed.has(token));
  const groups = declared === null ? [Array.from({ length: endOfText }, (_, token) => token)] : groupsOf(declared);
  const membership = new Float32Array(groups.length * endOfText);
  groups.forEach((tokens, group) => {
    for (const token of tokens) if (token < endOfText) membership[group * endOfText + token] = 1;
    for (const token of [...listed, ...suppressed]) if (token < endOfText) membership[group * endOfText + token] = 0;
  });
  return { groups: groups.length, membership, listed: Int32Array.from(listed), power };
}

const groupsOf = (declared: TokenLanguages) => tokenGroups(declared).groups.map(({ tokens }) => tokens);
