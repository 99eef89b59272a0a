/** A plan as an SVG picture that follows the reader's light or dark theme. */
import { layOut, type Box, type Point } from './layout.ts';
import { pictureOf, type PictureEdge, type PictureNode } from './picture.ts';
import type { Plan } from '../plan.ts';

const MARGIN = 24;
const TITLE = 36;
/** Between the graph and the line that collects error rows. */
const BUS_GAP = 28;
const LINE = 17;
const PADDING = 12;

const STYLE = `
  svg { color-scheme: light dark; }
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #57606a; text-anchor: middle; }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328; text-anchor: start; }
  .id { font-size: 13px; font-weight: 600; fill: #1f2328; }
  .option { font-family: ui-monospace, monospace; font-size: 11px; }
  .label { font-size: 11px; paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round; }
  .sheet { fill: #ffffff; }
  .box { fill: #f6f8fa; stroke: #d0d7de; }
  .source .box { fill: #ddf4ff; stroke: #54aeff; }
  .sink .box { fill: #dafbe1; stroke: #4ac26b; }
  .implicit .box { fill: #fff8f7; stroke: #cf5a5a; stroke-dasharray: 4 3; }
  .edge { fill: none; stroke: #8c959f; stroke-width: 1.3; }
  .error { stroke: #cf5a5a; stroke-dasharray: 4 3; } .dropped { stroke-dasharray: 4 3; }
  .tip { fill: #8c959f; } .tip.error { fill: #cf5a5a; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; } .title, .id { fill: #f0f6fc; }
    .sheet { fill: #0d1117; } .label { stroke: #0d1117; }
    .box { fill: #151b23; stroke: #3d444d; }
    .source .box { fill: #0c2d6b; stroke: #388bfd; }
    .sink .box { fill: #033a16; stroke: #2ea043; }
    .implicit .box { fill: #25171c; stroke: #f47067; }
    .edge { stroke: #656c76; } .tip { fill: #656c76; }
    .error { stroke: #f47067; } .tip.error { fill: #f47067; }
  }
`;

/** @returns A whole SVG document, readable by itself. */
export function drawSvg(plan: Plan): string {
  const { name, nodes, edges } = pictureOf(plan);
  // The collector of error rows reads from every node: its edges share one line at the right instead of crossing all.
  const collector = nodes.find(({ implicit }) => implicit);
  const inner = nodes.filter((node) => node !== collector);
  const drawn = edges.filter(({ to }) => to !== collector?.id);
  const boxes = inner.map(boxOf);
  const { centres, routes, width, height } = layOut(boxes, drawn);
  const sizes = new Map(boxes.map((box) => [box.id, box]));
  const parts = [
    ...drawn.map((edge, index) => drawEdge(edge, routes[index]!)),
    ...inner.map((node) => drawNode(node, centres.get(node.id)!, sizes.get(node.id)!)),
    ...drawn.map((edge, index) => drawLabel(edge.label, routes[index]!)),
  ];
  let [fullWidth, fullHeight] = [width, height];
  if (collector) {
    const box = boxOf(collector);
    const bus = width + BUS_GAP;
    const centre = {
      x: Math.max(bus + BUS_GAP - box.width / 2, box.width / 2),
      y: height + BUS_GAP * 2 + box.height / 2,
    };
    const from = edges.filter(({ to }) => to === collector.id).map((edge) => edge.from);
    const starts = from.map((id) => ({ x: centres.get(id)!.x + sizes.get(id)!.width / 2, y: centres.get(id)!.y }));
    parts.unshift(drawBus(starts, bus, centre.y - box.height / 2));
    parts.push(drawNode(collector, centre, box));
    [fullWidth, fullHeight] = [bus + BUS_GAP, centre.y + box.height / 2];
  }
  const [w, h] = [Math.ceil(fullWidth + 2 * MARGIN), Math.ceil(fullHeight + 2 * MARGIN + TITLE)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">`,
    `<title>${escape(name)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="sheet" width="${w}" height="${h}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 12}">${escape(name)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + TITLE})">`,
    ...parts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function linesOf({ id, operator, options }: PictureNode): { text: string; className: string }[] {
  return [
    { text: id, className: 'id' },
    ...(id === operator ? [] : [{ text: operator, className: 'operator' }]),
    ...options.map((text) => ({ text, className: 'option' })),
  ];
}

function boxOf(node: PictureNode): Box {
  const lines = linesOf(node);
  const widest = Math.max(...lines.map(({ text, className }) => textWidth(text) * (className === 'id' ? 1.12 : 1)));
  return { id: node.id, width: Math.max(110, widest + 2 * PADDING), height: lines.length * LINE + 2 * PADDING - 4 };
}

/** Near enough for a box: 7.2 px a letter, twice that for Chinese, Japanese and Korean. */
function textWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0)! > 0x2e80 ? 13 : 7.2), 0);
}

function drawNode(node: PictureNode, { x, y }: Point, { width, height }: Box): string {
  const lines = linesOf(node);
  const first = y - ((lines.length - 1) * LINE) / 2 + 4;
  const texts = lines.map(
    ({ text, className }, index) =>
      `<text class="${className}" x="${n(x)}" y="${n(first + index * LINE)}">${escape(text)}</text>`,
  );
  const rect = `<rect class="box" x="${n(x - width / 2)}" y="${n(y - height / 2)}" width="${n(width)}" height="${n(height)}" rx="9"/>`;
  return `<g class="${node.implicit ? 'implicit' : node.role}">${rect}${texts.join('')}</g>`;
}

/** A curve that leaves and arrives upright and runs straight past the layers between. */
function drawEdge({ port }: PictureEdge, route: readonly Point[]): string {
  const [start, ...rest] = route as [Point, ...Point[]];
  const end = route.at(-1)!;
  let path = `M${n(start.x)} ${n(start.y)}`;
  let from = start;
  for (const to of rest) {
    const y = to === end ? to.y - 6 : to.y;
    const middle = (from.y + y) / 2;
    path += ` C${n(from.x)} ${n(middle)} ${n(to.x)} ${n(middle)} ${n(to.x)} ${n(y)}`;
    from = to;
  }
  const className = port === 'errors' ? ' error' : port === 'dropped' ? ' dropped' : '';
  return `<path class="edge${className}" d="${path}"/>${drawTip(end, className)}`;
}

function drawTip({ x, y }: Point, className: string): string {
  return `<path class="tip${className}" d="M${n(x)} ${n(y)} l-4 -8 h8 z"/>`;
}

/** In the first gap between two layers, where no box stands. */
function drawLabel(label: string, route: readonly Point[]): string {
  const [start, next] = [route[0]!, route[1]!];
  return `<text class="label" x="${n((start.x + next.x) / 2)}" y="${n((start.y + next.y) / 2 + 3)}">${escape(label)}</text>`;
}

/** Error rows of all nodes: to the right, down one line, into the collector. */
function drawBus(starts: readonly Point[], x: number, bottom: number): string {
  const top = Math.min(...starts.map(({ y }) => y));
  const lines = starts.map((start) => `M${n(start.x)} ${n(start.y)} H${n(x)}`);
  const path = `${lines.join(' ')} M${n(x)} ${n(top)} V${n(bottom - 6)}`;
  return `<path class="edge error" d="${path}"/>${drawTip({ x, y: bottom }, ' error')}`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // Control characters are not allowed in XML, not even escaped.
  return text.replaceAll(/[\p{Cc}\ufffe\uffff]/gu, ' ').replaceAll(/[&<>"]/g, (c) => entities[c]!);
}
