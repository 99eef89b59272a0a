import assert from 'node:assert/strict';
import { openLiveRegion } from '../../src/cli/live-region.ts';

/** What a terminal shows after the writes: enough of one for the sequences that a region may use. */
function terminal(): { stream: NodeJS.WriteStream; screen: () => string[] } {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  const write = (text: string): boolean => {
    // eslint-disable-next-line no-control-regex -- escape sequences are what is tested
    for (const [token, , parameter, final] of text.matchAll(/(\u001b\[\??(\d*)([A-Za-z]))|[^\u001b]/gs)) {
      if (token === '\n') [row, column] = [row + 1, 0];
      else if (token === '\r') column = 0;
      else if (final === 'A') row -= Number(parameter);
      else if (final === 'J') lines.splice(row, Infinity, (lines[row] ?? '').slice(0, column));
      else if (final === undefined) {
        const line = (lines[row] ?? '').padEnd(column);
        lines[row] = line.slice(0, column) + token + line.slice(column + 1);
        column += 1;
      }
      lines[row] ??= '';
    }
    return true;
  };
  return { stream: { write } as unknown as NodeJS.WriteStream, screen: () => lines };
}

describe('live region', () => {
  it('is redrawn in place, also when it grows and shrinks', () => {
    const { stream, screen } = terminal();
    const region = openLiveRegion(stream, null);
    region.show(['one']);
    region.show(['table', 'more', 'line']);
    region.show(['x', 'y']);
    assert.deepEqual(screen(), ['x', 'y']);
  });

  it('keeps lines that are to stay above itself', () => {
    const { stream, screen } = terminal();
    const region = openLiveRegion(stream, null);
    region.print('first');
    region.show(['10 %', 'bar']);
    region.print('second');
    region.show(['20 %', 'bar']);
    assert.deepEqual(screen(), ['first', 'second', '20 %', 'bar']);
  });

  it('makes room for results on the same terminal, and leaves only them', () => {
    const { stream, screen } = terminal();
    const results = { ...stream } as NodeJS.WriteStream;
    const region = openLiveRegion(stream, results);
    region.show(['0 %', 'bar']);
    results.write('你好\n');
    results.write('half ');
    results.write('a line\n');
    region.show(['50 %', 'bar']);
    assert.deepEqual(screen(), ['你好', 'half a line', '50 %', 'bar']);
    region.close();
    results.write('end\n');
    assert.deepEqual(screen(), ['你好', 'half a line', 'end', '']);
  });
});
