import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../src/graphs/check.ts';
import { drawMermaid } from '../../src/graphs/drawing/draw-mermaid.ts';
import { drawSvg } from '../../src/graphs/drawing/draw-svg.ts';
import { formatFault } from '../../src/graphs/faults.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { operators } from '../../src/operators/registry.ts';
import { toyOperators } from './toy-operators.ts';

const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 300);

const part = `{ "params": { "bands": { "type": "integer", "describe": "Mel bands.", "default": 80 } }, "input": "r", "output": "mel",
  "steps": [ { "op": "resample", "id": "r" }, { "id": "mel", "op": "log-mel", "with": { "bands": "\${params.bands}" } } ] }`;

const whole = `{
  // A pipeline with every key.
  "$schema": "x", "name": "whole", "summary": "All of it.", "inFlight": 8, "longestSeconds": 30, "onError": { "action": "row", "maxRate": 0.5 },
  "params": { "model": { "type": "path", "describe": "Model.", "default": "m", "short": "m" },
              "heat": { "type": "number[]", "describe": "Temperatures.", "minimum": 0, "choices": [0, 0.5], "default": [0] } },
  "nodes": {
    "m": { "op": "read-manifest", "with": { "path": ["a.jsonl", "b.jsonl"] } },
    "a": { "op": "read-audio", "from": "m", "concurrency": 2, "onError": { "attempts": 3 } },
    "f": { "use": "./part.json", "from": ["a"], "with": { "bands": 128 } },
    "e": { "op": "encode", "from": "f", "with": { "model": "\${params.model}", "window": { "kind": "fit", "slack": 2 } } },
    "l": { "op": "detect-language", "from": "e", "with": { "among": ["zh", "en"] } },
    "b": { "op": "beam-search", "from": { "encoding": "e", "language": "l" }, "with": { "temperature": "\${params.heat}" } },
    "s": { "op": "write-arrow", "from": "b.out", "with": { "path": "out/\${params.model}.arrow" } },
    "x": { "op": "write-arrow", "from": ["f.errors", "l.errors"], "with": { "path": "bad.arrow" } },
  },
  "steps": [ { "op": "filter", "from": "m" }, { "op": "batch", "with": { "size": 2 } }, { "op": "write-arrow", "id": "w", "with": { "path": "w" } } ],
}`;

/** What breaks readers elsewhere. */
const poison = fc.constantFrom(
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '""',
  '"."',
  '"a.b.c"',
  '"/"',
  '"../../../../etc/passwd"',
  '"./part.json"',
  '"./p.json"',
  '"${params.model}"',
  '"${params.}"',
  '"${params.__proto__}"',
  '"${${params.model}}"',
  '"$${"',
  '"m.errors"',
  '"f/mel"',
  '"use"',
  '"write-arrow"',
  'null',
  'true',
  '-0',
  '1e400',
  '9007199254740993',
  '[]',
  '{}',
  '[[[[[[[[[[{}]]]]]]]]]]',
  '{"__proto__":{"op":"filter"}}',
  '{"op":"filter","from":"b"}',
  '{"use":"./p.json"}',
  '"\\u0000"',
  '"\\ud800"',
  '"汉字"',
  ',',
  ':',
  '/*',
  '}',
  `${'['.repeat(10_000)}`,
);

type Edit = (text: string) => string;

/** Replaces, doubles or removes a token, or a few characters wherever they stand. */
const edit: fc.Arbitrary<Edit> = fc
  .record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.nat(12),
    insert: fc.oneof(poison, fc.string({ maxLength: 4 }), fc.constant('')),
    how: fc.constantFrom('token', 'swap', 'characters'),
  })
  .map(({ at, length, insert, how }) => (text: string) => {
    if (how === 'characters') {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + insert + text.slice(start + length);
    }
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[-\w.]+|\s+|[^]/g) ?? [];
    const index = Math.floor(at * tokens.length);
    if (how === 'token') tokens[index] = insert;
    else {
      const other = (index + length) % tokens.length;
      [tokens[index], tokens[other]] = [tokens[other] ?? '', tokens[index] ?? ''];
    }
    return tokens.join('');
  });

describe('mutated pipeline files', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-mutated-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('give faults with places or a plan that can be drawn, and change nothing else', async function () {
    this.timeout(1_800_000);
    const transcribe = await readFile(new URL('../../pipelines/transcribe.json', import.meta.url), 'utf8');
    const prototype = Object.getOwnPropertyNames(Object.prototype).join();
    let plans = 0;
    const property = fc.asyncProperty(
      fc.constantFrom('whole', 'part', 'transcribe'),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.array(
        fc.tuple(
          fc.constantFrom(
            'nodes.f/mel.with',
            'nodes.a',
            'nodes',
            'nodes.b.with.temperature.0',
            'inFlight',
            '__proto__.x',
          ),
          poison,
        ),
        { maxLength: 1 },
      ),
      async (seed, edits, sets) => {
        const changed = edits.reduce((text, change) => change(text), { whole, part, transcribe }[seed]);
        const main = seed === 'part' ? whole : changed;
        await writeFile(join(folder, 'part.json'), seed === 'part' ? changed : part);
        await writeFile(join(folder, 'p.json'), main);
        const overrides = sets.map(([path, value]) => `${path}=${value}`);
        const [loaded] = await loadPipelines(join(folder, 'p.json'), {
          operators: seed === 'transcribe' ? operators : toyOperators,
          overrides,
          parameters: seed === 'transcribe' ? { files: '[1' } : {},
        });
        const { plan, faults } = check(loaded!);
        assert.equal(plan === null, faults.length > 0);
        for (const { place, message } of faults) {
          assert.notEqual(message, '');
          if (place.line === null) assert.match(place.source, /^--|\.json$/);
          else {
            const lines = (
              place.source.endsWith('part.json') && seed === 'part'
                ? changed
                : place.source.endsWith('part.json')
                  ? part
                  : main
            ).split(/\r\n|\r|\n/);
            assert.ok(
              place.column! >= 1 && place.column! <= (lines[place.line - 1] ?? '').length + 2,
              formatFault({ place, path: '', message, mend: null }),
            );
          }
        }
        if (plan) {
          plans += 1;
          assert.match(drawMermaid(plan), /^flowchart TB\n/);
          assert.doesNotMatch(drawSvg(plan), /NaN|Infinity|undefined/);
        }
        assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), prototype);
      },
    );
    await fc.assert(property, { numRuns: runs });
    console.log(`      ${runs} mutated files, of which ${plans} were still pipelines`);
  });

  it('of great size and depth are told of, not swallowed', async () => {
    const load = async (text: string) => {
      await writeFile(join(folder, 'p.json'), text);
      const [loaded] = await loadPipelines(join(folder, 'p.json'), { operators: toyOperators });
      return check(loaded!);
    };
    const deep = await load('{"nodes":'.repeat(200_000));
    assert.match(deep.faults.map(formatFault).join(), /:1:577 {2}nested deeper than 64 levels$/);
    const long = await load(`{"name":"${'x'.repeat(5_000_000)}"}`);
    assert.match(long.faults.map(formatFault).join(), /5000011 bytes; a pipeline may have 4194304/);
    const steps = Array.from({ length: 3000 }, () => '"filter"').join(',\n');
    const many = await load(
      `{ "steps": [ { "op": "read-manifest", "with": { "path": "a" } }, ${steps}, { "op": "write-arrow", "with": { "path": "o" } } ] }`,
    );
    assert.deepEqual(many.faults, []);
    assert.equal(many.plan?.nodes.length, 3003);
    await writeFile(join(folder, 'p.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
    const [loaded] = await loadPipelines(join(folder, 'p.json'));
    assert.match(check(loaded!).faults.map(formatFault).join(), /p\.json {2}the file is not UTF-8 text$/);
  });
});
