/** Look of the page: light and dark by the reader's setting, from phones to paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1d2126; --soft: #5b636d; --rule: #d9dcdf;
  --zh: #b3341f; --en: #1a5fb4; --other: #5b636d;
  --c0: #1a5fb4; --c1: #b35900; --c2: #2a7d4f; --c3: #8f3f97; --c4: #a51d2d; --c5: #4d6370;
  --wrong: #fbe6b8; --gone: #f8d5d0; --extra: #d9e7f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16191d; --ink: #e6e8ea; --soft: #a3abb4; --rule: #3a4149;
    --zh: #ff9b85; --en: #8fbcff; --other: #a3abb4;
    --c0: #8fbcff; --c1: #f5b05c; --c2: #7fd1a0; --c3: #d9a0e0; --c4: #ff9b95; --c5: #a9bdc9;
    --wrong: #57430f; --gone: #5c2720; --extra: #1f3b5e;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.25rem 1rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
main:focus { outline: none; }
p { margin: .35rem 0; max-width: 46rem; }
.note, .legend { color: var(--soft); font-size: .875rem; }
a { color: var(--en); }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; background: var(--paper); padding: .25rem .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0; list-style: none; }
.scroll {
  overflow-x: auto; margin: .5rem 0; overflow-wrap: normal;
  /* A shadow at the right edge as long as columns lie beyond it: the paper scrolls over it at the end. */
  background: linear-gradient(to left, var(--paper) 40%, transparent) right / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--rule), transparent) right / .75rem 100% no-repeat scroll;
}
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal; min-width: 4.5rem; }
th small { display: block; font-weight: 400; font-size: .75rem; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); font-weight: 600; }
td.cell { text-align: right; min-width: 5.5rem; background: color-mix(in srgb, var(--shade) var(--share), transparent); }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
figure { margin: .75rem 0; max-width: 100%; }
figcaption { font-weight: 600; font-size: .9375rem; max-width: 21rem; }
figure .note { max-width: 21rem; }
details > summary { position: relative; cursor: pointer; color: var(--soft); font-size: .875rem; }
svg { max-width: 100%; height: auto; vertical-align: middle; }
.forest { max-width: none; }
@media (max-width: 40rem) { .forest { width: 10rem; } }
@media (min-width: 75rem) { .forest { width: 19rem; } }
@media (min-width: 60rem) {
  figure:has(> svg) { width: 22rem; }
  figure > svg { width: 100%; }
}
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
svg .label { font-size: 12px; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .ideal { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; fill: none; }
svg .line { fill: none; stroke: var(--line); stroke-width: 2; stroke-dasharray: var(--dashes); }
svg .dot { fill: var(--line); stroke: var(--paper); stroke-width: 1; }
svg .bar, svg .gap { stroke: var(--line); stroke-width: 1.25; opacity: .6; }
.line-0 { --line: var(--c0); --dashes: none; }
.line-1 { --line: var(--c1); --dashes: 6 3; }
.line-2 { --line: var(--c2); --dashes: 2 2; }
.line-3 { --line: var(--c3); --dashes: 8 3 2 3; }
.line-4 { --line: var(--c4); --dashes: 4 4; }
.line-5 { --line: var(--c5); --dashes: 1 3; }
svg .whisker { stroke: var(--c0); stroke-width: 1.5; }
svg .estimate { fill: var(--c0); }
svg .reference { stroke: var(--soft); stroke-dasharray: 2 3; }
.legend { list-style: none; margin: .1rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; }
.utterance { margin: 1.25rem 0; padding: .75rem .9rem; border: 1px solid var(--rule); border-radius: .4rem; }
.utterance h3 { margin: 0 0 .25rem; font-size: .9375rem; }
@media (min-width: 60rem) { .sides { display: grid; grid-template-columns: 22rem 1fr; gap: 0 1.5rem; } }
audio { width: min(100%, 22rem); height: 2.25rem; margin: .4rem 0; display: block; }
.alignment .system { font-size: .875rem; color: var(--soft); margin-top: .6rem; }
.units { display: flex; flex-wrap: wrap; gap: .3rem .15rem; line-height: 1.25; }
.unit { display: inline-grid; grid-template-rows: auto auto .9rem; padding: .1rem .2rem; border-radius: .2rem; text-align: center; }
.unit.substitution { background: var(--wrong); }
.unit.deletion { background: var(--gone); }
.unit.insertion { background: var(--extra); }
.unit .operation { font-size: .75rem; color: var(--soft); line-height: 1; }
.unit.substitution > :nth-child(2), .unit.insertion > :nth-child(2) { text-decoration: underline; }
.unit.deletion > :nth-child(1) { text-decoration: line-through; }
.zh { color: var(--zh); fill: var(--zh); }
.en { color: var(--en); fill: var(--en); }
.other { color: var(--other); fill: var(--other); }
.playhead { stroke: var(--ink); stroke-width: 1.5; visibility: hidden; }
.playing .playhead { visibility: visible; }
.spoken { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media print {
  body { max-width: none; }
  audio, nav, .skip { display: none; }
  .scroll { overflow: visible; }
  .utterance, figure { break-inside: avoid; }
}
`;
