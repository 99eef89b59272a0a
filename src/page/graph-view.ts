/** The graph of the session: its nodes with the records a second that they give, and a bar for those that wait. */
import { layOut, type Point } from '../graphs/drawing/layout.ts';
import type { EventOf, GraphPicture } from '../server/messages.ts';
import { findElement } from './find-element.ts';

export interface GraphView {
  draw(picture: GraphPicture): void;
  update(event: EventOf<'graph'>): void;
}

const SIZE = { width: 132, height: 58 };
const MARGIN = 8;
const MOST_BARS = 12;
const SVG = 'http://www.w3.org/2000/svg';

interface DrawnNode {
  readonly group: SVGElement;
  readonly figures: SVGElement;
  readonly queue: SVGElement;
  readonly row: HTMLTableRowElement;
}

export function openGraph(): GraphView {
  const place = findElement('graph', HTMLDivElement);
  const table = findElement('nodes', HTMLTableElement);
  const nodes = new Map<string, DrawnNode>();
  let before: EventOf<'graph'> | null = null;

  return {
    draw({ nodes: all, edges }) {
      nodes.clear();
      before = null;
      // Layers lie from left to right: laid out from top to bottom, and turned.
      const { centres, routes, width, height } = layOut(
        all.map(({ id }) => ({ id, width: SIZE.height, height: SIZE.width })),
        edges,
      );
      const turned = ({ x, y }: Point): Point => ({ x: y + MARGIN, y: x + MARGIN });
      const [w, h] = [height + 2 * MARGIN, width + 2 * MARGIN];
      const svg = element('svg', { width: w, height: h, viewBox: `0 0 ${w} ${h}`, 'aria-hidden': 'true' });
      for (const [index, { label }] of edges.entries()) drawEdge(svg, routes[index]!.map(turned), label);
      const rows = all.map(({ id, operator }) => {
        const { x, y } = turned(centres.get(id)!);
        const group = element('g', { class: 'node' });
        const box = { x: x - SIZE.width / 2, y: y - SIZE.height / 2, ...SIZE, rx: 8 };
        const queue = element('rect', {
          class: 'queue',
          x: box.x + 6,
          y: box.y + SIZE.height - 8,
          width: 0,
          height: 4,
          rx: 2,
        });
        const figures = text('figures', x, y + 12, '');
        group.append(element('rect', box), text('id', x, y - 8, id), figures, queue);
        svg.append(group);
        const row = document.createElement('tr');
        row.append(cell('th', id), cell('td', operator), ...Array.from({ length: 4 }, () => cell('td', '')));
        nodes.set(id, { group, figures, queue, row });
        return row;
      });
      place.replaceChildren(svg);
      const head = document.createElement('tr');
      head.append(...['Node', 'Operator', 'A second', 'Waiting', 'Busy', 'Dropped'].map((name) => cell('th', name)));
      const thead = document.createElement('thead');
      thead.append(head);
      const body = document.createElement('tbody');
      body.append(...rows);
      table.replaceChildren(thead, body);
    },
    update(event) {
      const seconds = event.seconds - (before?.seconds ?? 0);
      for (const now of event.nodes) {
        const drawn = nodes.get(now.id);
        if (drawn === undefined) continue;
        const then = before?.nodes.find(({ id }) => id === now.id);
        const rate =
          seconds > 0 ? (now.given + now.dropped - (then === undefined ? 0 : then.given + then.dropped)) / seconds : 0;
        const busy = seconds > 0 ? Math.min(1, (now.busySeconds - (then?.busySeconds ?? 0)) / seconds) : 0;
        const waiting = now.waiting + now.active;
        drawn.figures.textContent = `${rate.toFixed(1)}/s${waiting > 0 ? `, ${waiting} waiting` : ''}`;
        drawn.queue.setAttribute('width', String((Math.min(waiting, MOST_BARS) / MOST_BARS) * (SIZE.width - 12)));
        drawn.group.classList.toggle('busy', busy > 0.5);
        const [, , ...cells] = drawn.row.cells;
        const figures = [rate.toFixed(1), String(waiting), `${Math.round(100 * busy)} %`, String(now.dropped)];
        for (const [index, figure] of figures.entries()) cells[index]!.textContent = figure;
      }
      before = event;
    },
  };
}

function drawEdge(svg: SVGElement, route: readonly Point[], label: string): void {
  const [start, ...rest] = route as [Point, ...Point[]];
  const end = rest.at(-1) ?? start;
  let path = `M${start.x} ${start.y}`;
  let from = start;
  for (const to of rest) {
    const x = to === end ? to.x - 6 : to.x;
    const middle = (from.x + x) / 2;
    path += ` C${middle} ${from.y} ${middle} ${to.y} ${x} ${to.y}`;
    from = to;
  }
  svg.append(element('path', { class: 'edge', d: path }));
  svg.append(element('path', { class: 'tip', d: `M${end.x} ${end.y} l-8 -4 v8 z` }));
  svg.append(text('label', (start.x + rest[0]!.x) / 2, (start.y + rest[0]!.y) / 2 - 6, label));
}

function text(className: string, x: number, y: number, content: string): SVGElement {
  const made = element('text', { class: className, x, y });
  made.textContent = content;
  return made;
}

function element(name: string, attributes: Readonly<globalThis.Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function cell(name: 'th' | 'td', content: string): HTMLTableCellElement {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}
