/** What openai-whisper's normalizers take out before anything else (whisper/normalizers): `<…>`, `[…]` and `(…)`. */
export function withoutBrackets(text: string): string {
  return text.replace(/[<[][^>\]]*[>\]]/gu, '').replace(/\([^)]+?\)/gu, '');
}
