/** Bundles the page of `diglot serve` into dist/page: src/page with what it imports, nothing fetched when it runs. */
import { build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';

const from = 'src/page';
const to = 'dist/page';

await mkdir(to, { recursive: true });
await Promise.all([
  build({
    entryPoints: [`${from}/main.ts`, `${from}/pcm-worklet.ts`, `${from}/page.css`],
    outdir: to,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2023'],
    legalComments: 'linked',
    logLevel: 'warning',
  }),
  ...['index.html', 'icon.svg'].map((name) => copyFile(`${from}/${name}`, `${to}/${name}`)),
]);
