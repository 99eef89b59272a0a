/** The scripts that Whisper's languages are written in (CLDR's first script of each), where nothing else is declared. */

const languagesOf = {
  ASCII: 'en',
  Han: 'zh yue',
  Latin:
    'de es fr pt tr pl ca nl sv it id fi vi ms cs ro da hu no hr lt la mi cy sk lv az sl et br eu is bs sq sw gl sn yo so af oc uz fo ht nn mt lb tl mg haw ln ha jw su tk',
  Cyrillic: 'ru uk bg sr mk mn kk be tg tt ba',
  Arabic: 'ar ur fa sd ps',
  Devanagari: 'hi ne mr sa',
  Hebrew: 'he yi',
  Bengali: 'bn as',
  Greek: 'el',
  Tamil: 'ta',
  Thai: 'th',
  Malayalam: 'ml',
  Telugu: 'te',
  Kannada: 'kn',
  Armenian: 'hy',
  Gurmukhi: 'pa',
  Sinhala: 'si',
  Khmer: 'km',
  Georgian: 'ka',
  Gujarati: 'gu',
  Ethiopic: 'am',
  Lao: 'lo',
  Myanmar: 'my',
  Tibetan: 'bo',
  Hangul: 'ko',
};

export const defaultScripts: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...Object.entries(languagesOf).flatMap(([script, languages]) =>
    languages.split(' ').map((language) => [language, [script]] as const),
  ),
  ['ja', ['Hiragana', 'Katakana', 'Han']],
]);
