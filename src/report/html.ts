/**
 * HTML that is safe by construction: text is escaped where it is put into a template, and only markup that a template
 * made goes in as it is. So a transcript or a file name cannot become an element, an attribute or a script.
 */

export interface Markup {
  readonly markup: string;
}

/** What a template takes. Null is nothing; numbers are written as JavaScript writes them. */
export type Content = Markup | string | number | null | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands between tags or in a quoted attribute. What HTML cannot hold becomes U+FFFD. */
export function escapeText(text: string): string {
  return text.replace(FORBIDDEN, '\u{fffd}').replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Control characters but tab and line feed, lone surrogates, non-characters, and the marks that turn text around. */
const FORBIDDEN = /(?![\t\n])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u2069]/gu;

/** Tag of a template: html`<td>${text}</td>`. Attributes must stand in quotes. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const markup = parts.map((part, at) => part + (at < contents.length ? write(contents[at] ?? null) : '')).join('');
  return { markup };
}

function write(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return String(content);
  return 'markup' in content ? content.markup : content.map(write).join('');
}
