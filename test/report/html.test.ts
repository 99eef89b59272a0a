import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeText, html } from '../../src/report/html.ts';
import { attribute, elements, parseHtml, textOf } from '../support/parse-html.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '&lt',
        ';',
        '</td>',
        '<script>',
        '-->',
        '`',
        '${',
        '\u0000',
        '\ud800',
        '\u202e',
        'x',
      ),
    )
    .map((parts) => parts.join('')),
);
/** What a page cannot hold, or what would turn text around, is replaced one for one. */
const shown = (text: string): string =>
  text.replace(/(?![\t\n])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}');

describe('html', () => {
  it('gives any text back, between tags and in attributes, and makes no element of it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const page = parseHtml(
          html`<!doctype html>
            <body>
              <b title="${text}">${text}</b>
            </body>`.markup,
        );
        const [bold, ...others] = elements(page, 'b');
        assert.ok(bold !== undefined && others.length === 0);
        assert.equal(textOf(bold), shown(text));
        assert.equal(attribute(bold, 'title'), shown(text));
        assert.deepEqual(elements(page, 'script'), []);
      }),
    );
  });

  it('takes markup that a template made as it is, in lists too, and nothing for null', () => {
    const items = ['a&b', 'c'].map((item) => html`<b>${item}</b>`);
    assert.equal(html`<i>${items}${null}${7}</i>`.markup, '<i><b>a&amp;b</b><b>c</b>7</i>');
  });

  it('escapes text by itself, for what no template writes', () => {
    assert.equal(escapeText('<img src=x onerror=alert(1)>'), '&lt;img src=x onerror=alert(1)&gt;');
  });
});
