import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkFiles } from './load-text.ts';

interface Case {
  readonly kind: string;
  readonly files: Readonly<Record<string, string>>;
  readonly overrides: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** The cases of bad-pipelines.txt: `=== kind`, the file, `--- file|set|parameter …`, `--- faults`. */
function readCases(): Case[] {
  const [, ...blocks] = readFileSync(new URL('bad-pipelines.txt', import.meta.url), 'utf8').split(/^=== /m);
  return blocks.map((block) => {
    const [head, ...parts] = block.trimEnd().split(/\n--- /);
    const [kind, ...main] = head!.split('\n');
    const rest = parts.map(
      (part) => /^(\w+) ?(\S*) ?([^\n]*)\n?([^]*)$/.exec(part)!.slice(1) as [string, string, string, string],
    );
    const named = (word: string) => rest.filter(([first]) => first === word);
    return {
      kind: kind!,
      files: {
        'p.json': main.join('\n'),
        ...Object.fromEntries(named('file').map(([, name, , text]) => [name, text])),
      },
      overrides: named('set').map(([, text]) => text),
      parameters: Object.fromEntries(named('parameter').map(([, name, value]) => [name, value])),
      faults: named('faults')[0]![3]
        .split('\n')
        .filter((line) => line !== ''),
    };
  });
}

describe('a bad pipeline file is refused with place, reason and mend', () => {
  const cases = readCases();

  it('in more than 60 kinds', () => {
    assert.ok(cases.length >= 60, `${cases.length} kinds`);
    assert.equal(new Set(cases.map(({ kind }) => kind)).size, cases.length);
  });

  for (const { kind, files, overrides, parameters, faults } of cases) {
    it(kind, async () => {
      const [checked] = await checkFiles(files, { overrides, parameters });
      assert.deepEqual(checked!.told, faults);
      assert.equal(checked!.plan, null);
      assert.ok(faults.length > 0);
    });
  }
});
