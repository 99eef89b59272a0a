/**
 * Places boxes in layers from top to bottom (Sugiyama's method, small): layer by longest path, order within a layer by the
 * mean of the neighbours, places on the line by pulling each box towards what it is joined to.
 */

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** Centres of the boxes. */
  readonly centres: ReadonlyMap<string, Point>;
  /** For each link the points that it passes, from the lower edge of one box to the upper edge of the other. */
  readonly routes: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

const COLUMN_GAP = 36;
const ROW_GAP = 56;
const SWEEPS = 8;

/** A box, or the place where a long link passes a layer. */
interface Slot {
  readonly width: number;
  readonly above: Slot[];
  readonly below: Slot[];
  x: number;
}

/** @param boxes Each after those that link to it. */
export function layOut(boxes: readonly Box[], links: readonly Link[]): Layout {
  const layers = layersOf(boxes, links);
  const rows: Slot[][] = Array.from({ length: Math.max(0, ...layers.values()) + 1 }, () => []);
  const slots = new Map<string, Slot>();
  const slotIn = (row: number, width: number): Slot => {
    const slot: Slot = { width, above: [], below: [], x: 0 };
    rows[row]!.push(slot);
    return slot;
  };
  for (const { id, width } of boxes) slots.set(id, slotIn(layers.get(id)!, width));
  const chains = links.map(({ from, to }) => {
    const chain = [slots.get(from)!];
    for (let row = layers.get(from)! + 1; row < layers.get(to)!; row++) chain.push(slotIn(row, 28));
    chain.push(slots.get(to)!);
    for (const [index, slot] of chain.slice(1).entries()) {
      slot.above.push(chain[index]!);
      chain[index]!.below.push(slot);
    }
    return chain;
  });
  arrange(rows);

  const left = Math.min(...rows.flat().map(({ x, width }) => x - width / 2));
  const right = Math.max(...rows.flat().map(({ x, width }) => x + width / 2));
  const heights = rows.map((_, row) =>
    Math.max(...boxes.filter(({ id }) => layers.get(id) === row).map(({ height }) => height)),
  );
  const tops: number[] = [];
  let height = 0;
  for (const rowHeight of heights) {
    tops.push(height);
    height += rowHeight + ROW_GAP;
  }
  const middle = (row: number) => tops[row]! + heights[row]! / 2;
  const boxHeight = new Map(boxes.map((box) => [box.id, box.height]));
  const routes = chains.map((chain, index) => {
    const { from, to } = links[index]!;
    const [first, last] = [layers.get(from)!, layers.get(to)!];
    return chain.flatMap((slot, step): Point[] => {
      const x = slot.x - left;
      if (step === 0) return [{ x, y: middle(first) + boxHeight.get(from)! / 2 }];
      if (step === chain.length - 1) return [{ x, y: middle(last) - boxHeight.get(to)! / 2 }];
      const row = first + step;
      return [
        { x, y: tops[row]! },
        { x, y: tops[row]! + heights[row]! },
      ];
    });
  });
  const centres = new Map([...slots].map(([id, { x }]) => [id, { x: x - left, y: middle(layers.get(id)!) }]));
  return { centres, routes, width: right - left, height: Math.max(0, height - ROW_GAP) };
}

function layersOf(boxes: readonly Box[], links: readonly Link[]): Map<string, number> {
  const layers = new Map<string, number>();
  for (const { id } of boxes) {
    const above = links.filter(({ to }) => to === id).map(({ from }) => layers.get(from)! + 1);
    layers.set(id, Math.max(0, ...above));
  }
  return layers;
}

/** Orders each row by its neighbours' places and pulls it towards them, down and up in turns. */
function arrange(rows: readonly Slot[][]): void {
  for (const row of rows)
    spread(
      row,
      row.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : rows.toReversed()) {
      const wish = (slot: Slot): number => {
        const near = down ? slot.above : slot.below;
        return near.length === 0 ? slot.x : near.reduce((sum, { x }) => sum + x, 0) / near.length;
      };
      row.sort((a, b) => wish(a) - wish(b));
      spread(row, row.map(wish));
    }
  }
}

/** As near to the wished places as the order and the gaps allow: pushed from the left, pushed from the right, the mean. */
function spread(row: readonly Slot[], wished: readonly number[]): void {
  const apart = (a: Slot, b: Slot) => (a.width + b.width) / 2 + COLUMN_GAP;
  const fromLeft = [...wished];
  for (let i = 1; i < row.length; i++)
    fromLeft[i] = Math.max(wished[i]!, fromLeft[i - 1]! + apart(row[i - 1]!, row[i]!));
  const fromRight = [...wished];
  for (let i = row.length - 2; i >= 0; i--) {
    fromRight[i] = Math.min(wished[i]!, fromRight[i + 1]! - apart(row[i]!, row[i + 1]!));
  }
  for (const [i, slot] of row.entries()) slot.x = (fromLeft[i]! + fromRight[i]!) / 2;
}
