/** What ASCEND's baseline takes out of every text, and PromptingWhisper after it (`CHARS_TO_IGNORE`). */

const ignored = new Set(
  ',?¿.!¡;；:"%�ʿ·჻~՞؟،।॥«»„“”「」‘’《》(){}=`_+<>…–°´ʾ‹›©®—→。、﹂﹁‧～﹏，｛｝（）［］【】‥〽『』〝〟⟨⟩〜：！？♪؛/\\º−^ʻˆ',
);

/** @param kept Characters of the list that stay: PromptingWhisper's copy lacks the square brackets. */
export function withoutIgnored(text: string, square = true): string {
  return Array.from(text, (character) =>
    ignored.has(character) || (square && (character === '[' || character === ']')) ? '' : character,
  ).join('');
}
