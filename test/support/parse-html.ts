/** HTML as a browser understands it (parse5), for tests that look at what a page really says. */
import { parse } from 'parse5';

export interface HtmlNode {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly HtmlNode[];
}

export function parseHtml(text: string): HtmlNode {
  return parse(text);
}

/** The node and everything in it, in the order of the page. */
export function allNodes(node: HtmlNode): HtmlNode[] {
  return [node, ...(node.childNodes ?? []).flatMap(allNodes)];
}

export function elements(node: HtmlNode, name: string): HtmlNode[] {
  return allNodes(node).filter(({ nodeName }) => nodeName === name);
}

export function textOf(node: HtmlNode): string {
  return allNodes(node)
    .map(({ nodeName, value }) => (nodeName === '#text' ? (value ?? '') : ''))
    .join('');
}

/** The text as a browser shows it: white space runs are one space. */
export function wordsOf(node: HtmlNode): string {
  return textOf(node).replace(/\s+/g, ' ').trim();
}

export function attribute(node: HtmlNode, name: string): string | null {
  return node.attrs?.find((each) => each.name === name)?.value ?? null;
}

/** The element with an id. */
export function byId(node: HtmlNode, id: string): HtmlNode {
  const found = allNodes(node).find((each) => attribute(each, 'id') === id);
  if (found === undefined) throw new Error(`There is no element with the id ${id}.`);
  return found;
}

/** Cells of every row of every table in a node, the head's included. */
export function rowsIn(node: HtmlNode): string[][] {
  return elements(node, 'tr').map((row) =>
    (row.childNodes ?? []).filter(({ nodeName }) => nodeName === 'td' || nodeName === 'th').map(wordsOf),
  );
}
