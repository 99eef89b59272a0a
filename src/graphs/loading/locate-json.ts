/** JSON with comments and trailing commas, read into located data; every syntax fault with its line and column. */
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { Fault, Place } from '../faults.ts';
import { joinPath, type Entry, type Located, type Scalar } from './located.ts';

/** Deeper than any pipeline; the parser and all who walk the tree are recursive. */
const MAX_DEPTH = 64;

/** What the parser's codes mean to somebody who writes a pipeline. */
const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol:
    'unknown word; text stands in double quotes, and beside it there are only numbers, true, false and null',
  InvalidNumberFormat: 'not a number as JSON writes it; write 0.5 or 1e-3',
  PropertyNameExpected: 'a key in double quotes should stand here',
  ValueExpected: 'a value should stand here',
  ColonExpected: 'a colon should stand here, between key and value',
  CommaExpected: 'a comma should stand here',
  CloseBraceExpected: 'the file or list ends before this object does; close it with }',
  CloseBracketExpected: 'the file or object ends before this list does; close it with ]',
  EndOfFileExpected: 'something stands behind the end of the pipeline; remove it',
  InvalidCommentToken: 'comments are not allowed here',
  UnexpectedEndOfComment: 'this comment has no end; close it with */',
  UnexpectedEndOfString: 'this text has no end on its line; close it with a double quote',
  UnexpectedEndOfNumber: 'this number breaks off; write a digit behind the point or exponent',
  InvalidUnicode: 'a \\u should be followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'unknown escape; a backslash itself is written \\\\',
  InvalidCharacter: 'control characters cannot stand in text; write \\n or \\t',
};

/**
 * @param source The file's name as faults should show it.
 * @returns The data, null where the syntax is wrong (or the file empty), and the faults.
 */
export function locateJson(text: string, source: string): { located: Located | null; faults: Fault[] } {
  const placeAt = placer(text, source);
  const fault = (offset: number, message: string): Fault => ({ place: placeAt(offset), path: '', message, mend: null });
  const deep = tooDeepAt(text);
  if (deep !== null) return { located: null, faults: [fault(deep, `nested deeper than ${MAX_DEPTH} levels`)] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || root === undefined) {
    if (root === undefined)
      return { located: null, faults: [fault(0, 'the file is empty; a pipeline is an object {…}')] };
    const ordered = errors.toSorted((a, b) => a.offset - b.offset);
    const faults = ordered.map(({ error, offset }) => fault(offset, syntaxMessage(error)));
    // What follows on the same line is mostly the parser finding its way back.
    const first = faults.filter((each, index) => each.place.line !== faults[index - 1]?.place.line);
    return { located: null, faults: first };
  }
  const faults: Fault[] = [];
  const locate = (node: Node, path: string): Located => {
    const place = placeAt(node.offset);
    if (node.type === 'array') {
      return { place, path, value: (node.children ?? []).map((child, index) => locate(child, joinPath(path, index))) };
    }
    if (node.type !== 'object') return { place, path, value: node.value as Scalar };
    const entries = new Map<string, Entry>();
    for (const { children } of node.children ?? []) {
      const [key, value] = children as [Node, Node];
      const name = key.value as string;
      const located = locate(value, joinPath(path, name));
      const keyPlace = placeAt(key.offset);
      const before = entries.get(name);
      if (before) {
        const message = `the key stands twice in one object, first on line ${before.keyPlace.line}`;
        faults.push({ place: keyPlace, path: located.path, message, mend: 'rename or remove one of them' });
      } else entries.set(name, { keyPlace, located });
    }
    return { place, path, value: entries };
  };
  return { located: locate(root, ''), faults };
}

function syntaxMessage(code: ParseError['error']): string {
  return SYNTAX[printParseErrorCode(code)] ?? printParseErrorCode(code);
}

/** Offset of the bracket that goes too deep, or null. Brackets inside text and comments are no tokens of their own. */
function tooDeepAt(text: string): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const bracket = scanner.getTokenLength() === 1 ? text[scanner.getTokenOffset()] : undefined;
    if (bracket === '{' || bracket === '[') depth++;
    else if (bracket === '}' || bracket === ']') depth--;
    if (depth > MAX_DEPTH) return scanner.getTokenOffset();
  }
  return null;
}

/** Offset -> line and column, by binary search in the starts of the lines. */
function placer(text: string, source: string): (offset: number) => Place {
  const starts = [0];
  for (const { index } of text.matchAll(/\r\n|\r|\n/g)) {
    starts.push(index + (text.startsWith('\r\n', index) ? 2 : 1));
  }
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { source, line: low + 1, column: offset - starts[low]! + 1 };
  };
}
