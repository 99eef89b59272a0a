/** An alignment as sclite prints it: reference over hypothesis over operations, unit under unit. */
import type { AlignedUnit } from '../records.ts';
import { paintResult } from './paint.ts';
import { cellsOf } from './text-table.ts';

const marks = { hit: '', substitution: 'S', deletion: 'D', insertion: 'I' } as const;
const sclite = ['REF', 'HYP', 'OPS'] as const;

/**
 * Lines of three, no wider than `columns` cells where units allow it. A place without a unit is filled with stars, and
 * wide characters take two cells. @param heads What stands before the lines: two texts and the operations. Substitutions across languages have a colour of their own.
 */
export function alignedLines(
  alignment: readonly AlignedUnit[],
  columns: number,
  heads: readonly [string, string, string] = sclite,
): string[] {
  const lines: string[] = [];
  let cells: string[][] = [];
  let width = heads[0].length;
  const flush = (): void => {
    if (cells.length === 0) return;
    for (const [row, head] of heads.entries())
      lines.push([head, ...cells.map((cell) => cell[row]!)].join(' ').trimEnd());
    cells = [];
    width = heads[0].length;
  };
  for (const unit of alignment) {
    const { operation, reference, hypothesis } = unit;
    const wide = Math.max(...[reference, hypothesis].map((text) => cellsOf(text ?? '')));
    const fill = (text: string | null): string => text ?? '*'.repeat(wide);
    if (width + wide + 1 > columns) flush();
    width += wide + 1;
    const paint = painter(unit);
    cells.push(
      [fill(reference), fill(hypothesis), marks[operation]].map(
        (text) => paint(text) + ' '.repeat(wide - cellsOf(text)),
      ),
    );
  }
  flush();
  return lines;
}

function painter({ operation, referenceLanguage, hypothesisLanguage }: AlignedUnit): (text: string) => string {
  switch (operation) {
    case 'hit':
      return (text) => text;
    case 'substitution':
      return referenceLanguage === hypothesisLanguage ? paintResult.yellow : paintResult.magenta;
    case 'deletion':
      return paintResult.red;
    case 'insertion':
      return paintResult.green;
  }
}
