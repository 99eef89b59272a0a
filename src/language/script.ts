/**
 * Chinese script: simplified or traditional characters, by OpenCC's tables (opencc-js). Text in other scripts is left as
 * it is, and every character becomes one character, so that what is counted in characters stays where it was.
 */

export type Script = 'simplified' | 'traditional';
export type ConvertScript = (text: string) => string;

/** What opencc-js exports: its own types resolve to `any` under NodeNext. */
interface OpenCC {
  readonly Converter: (scripts: { from: 't' | 'tw' | 'cn'; to: 'tw' | 'cn' }) => ConvertScript;
}

const converters = new Map<Script, Promise<ConvertScript>>();

/** The converter to a script, built at its first use (10 ms; 150 ms for traditional). */
export function scriptConverter(script: Script): Promise<ConvertScript> {
  const known = converters.get(script);
  if (known !== undefined) return known;
  const built = script === 'simplified' ? toSimplified() : toTraditional();
  converters.set(script, built);
  return built;
}

/**
 * Whisper mixes both scripts, so OpenCC's tables for Taiwan (tw to cn) must not be used: they take the text for
 * traditional and turn what is simplified already into something else (显著 into 显着, 是么 into 是幺). Its general
 * table (t to cn) leaves such words alone, but also the particle 著 of Taiwan (看著), which is mended here.
 */
async function toSimplified(): Promise<ConvertScript> {
  const convert = await openCC('t2s');
  return (text) => convert(text).replace(PARTICLE, '着');
}

/**
 * OpenCC's own tables to simplified characters, without the mend above, for published rules that say so: `t2s` takes the
 * text for traditional in general, `tw2s` for Taiwan's. Neither swaps words.
 */
export async function openCC(tables: 't2s' | 'tw2s'): Promise<ConvertScript> {
  const { Converter } = (await import('opencc-js/t2cn')) as unknown as OpenCC;
  return Converter({ from: tables === 't2s' ? 't' : 'tw', to: 'cn' });
}

/** 著 where it is not the zhù of 著名, 显著, 专著 …, which both scripts write alike. */
const PARTICLE = /(?<![专原卓合名土巨拙撰昭显编论译遗])著(?![作名录称者述]|书立)/gu;

/** Taiwan's standard, which is what Whisper writes when it writes traditional characters. */
async function toTraditional(): Promise<ConvertScript> {
  const { Converter } = (await import('opencc-js/cn2t')) as unknown as OpenCC;
  return Converter({ from: 'cn', to: 'tw' });
}

/** Words converted as one text, because the right character may depend on the next word's; cut again by characters. */
export function convertWords<T extends { readonly word: string }>(words: readonly T[], convert: ConvertScript): T[] {
  const characters = [...convert(words.map(({ word }) => word).join(''))];
  return words.map((word) => ({ ...word, word: characters.splice(0, [...word.word].length).join('') }));
}
