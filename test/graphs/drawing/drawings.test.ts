import assert from 'node:assert/strict';
import { drawMermaid } from '../../../src/graphs/drawing/draw-mermaid.ts';
import { drawSvg } from '../../../src/graphs/drawing/draw-svg.ts';
import { layOut } from '../../../src/graphs/drawing/layout.ts';
import { checkText } from '../load-text.ts';

const branched = `{ "name": "branched", "nodes": {
  "m": { "op": "read-manifest", "with": { "path": "<a & \\"b\\">.jsonl" } },
  "a": { "op": "read-audio", "from": "m" },
  "mel": { "op": "log-mel", "from": "a", "with": { "bands": 128 } },
  "e": { "op": "encode", "from": "mel", "with": { "model": "汉语模型" } },
  "l": { "op": "detect-language", "from": "e" },
  "b": { "op": "beam-search", "from": { "encoding": "e", "language": "l" } },
  "f": { "op": "filter", "from": "b" },
  "s": { "op": "write-arrow", "from": "f", "with": { "path": "s.arrow" } },
  "d": { "op": "write-arrow", "from": "f.dropped", "with": { "path": "d.arrow" } } } }`;

describe('drawing a plan', () => {
  it('as Mermaid names every node, its operator and what is set, every edge and its kind', async () => {
    const { plan } = await checkText(branched);
    assert.equal(
      drawMermaid(plan!),
      `flowchart TB
  n0(["m<br>read-manifest<br>path: #60;a #38; #34;b#34;#62;.jsonl"])
  n1("a<br>read-audio")
  n2("mel<br>log-mel<br>bands: 128")
  n3("e<br>encode<br>model: 汉语模型")
  n4("l<br>detect-language")
  n5("b<br>beam-search")
  n6("f<br>filter")
  n7[("s<br>write-arrow<br>path: s.arrow")]
  n8[("d<br>write-arrow<br>path: d.arrow")]
  n9[("errors<br>write-arrow<br>path: s.errors.arrow<br>ifAny: true")]
  n0 -->|"utterance"| n1
  n1 -->|"waveform"| n2
  n2 -->|"log-mel"| n3
  n3 -->|"encoding"| n4
  n3 -->|"encoding"| n5
  n4 -->|"language: language-posterior"| n5
  n5 -->|"hypothesis"| n6
  n6 -->|"hypothesis"| n7
  n6 -.->|"hypothesis, dropped"| n8
  n0 & n1 & n2 & n3 & n4 & n5 & n6 & n7 & n8 -.->|"error"| n9
`,
    );
  });

  it('as SVG gives one well-formed document in which no text is markup', async () => {
    const svg = drawSvg((await checkText(branched)).plan!);
    const open: string[] = [];
    for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
      if (close) assert.equal(open.pop(), name);
      else if (!self) open.push(name!);
    }
    assert.deepEqual(open, []);
    assert.equal(
      svg
        .split(/<[^<>]+>/)
        .join('')
        .includes('<'),
      false,
    );
    for (const text of [
      'path: &lt;a &amp; &quot;b&quot;&gt;.jsonl',
      'model: 汉语模型',
      'language: language-posterior',
      'bands: 128',
    ]) {
      assert.ok(svg.includes(`>${text}<`), text);
    }
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.equal(svg.match(/class="box"/g)?.length, 10);
  });
});

describe('the layout', () => {
  const box = (id: string) => ({ id, width: 100, height: 40 });

  it('puts each box below those that lead to it, none over another, and none under a line that passes', () => {
    const boxes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(box);
    const links = ['ab', 'ac', 'ad', 'be', 'ce', 'af', 'eg', 'fg', 'ag', 'dg'].map(([from, to]) => ({
      from: from!,
      to: to!,
    }));
    const { centres, routes, width, height } = layOut(boxes, links);
    for (const { from, to } of links) assert.ok(centres.get(from)!.y + 40 < centres.get(to)!.y, `${from} ${to}`);
    const all = [...centres];
    for (const [id, one] of all) {
      assert.ok(one.x >= 50 && one.x <= width - 50 && one.y >= 20 && one.y <= height - 20);
      for (const [other, two] of all) {
        assert.ok(id === other || one.y !== two.y || Math.abs(one.x - two.x) >= 100, `${id} stands over ${other}`);
      }
    }
    for (const [index, route] of routes.entries()) {
      for (const point of route.slice(1, -1)) {
        const hit = all.find(([, at]) => Math.abs(at.x - point.x) < 50 && Math.abs(at.y - point.y) <= 20);
        assert.equal(hit, undefined, `${links[index]!.from}${links[index]!.to} runs through ${hit?.[0]}`);
      }
    }
  });

  it('keeps a straight run straight', () => {
    const { centres, width } = layOut(['a', 'b', 'c'].map(box), [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ]);
    assert.deepEqual(
      [...centres.values()].map(({ x }) => x),
      [50, 50, 50],
    );
    assert.equal(width, 100);
  });
});
