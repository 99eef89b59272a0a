import assert from 'node:assert/strict';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** A line that breaks the house's import table or one of its three other rules, and the file it would stand in. */
const offences: readonly (readonly [file: string, code: string, says: RegExp])[] = [
  ['src/audio/planted.ts', "import { acquireModel } from '../whisper/load-model.ts';\nvoid acquireModel;", /downwards/],
  ['src/whisper/planted.ts', "import type { z } from '../operators/log-mel.ts';\nexport type Z = z;", /downwards/],
  ['src/tables/planted.ts', "import { check } from '../graphs/check.ts';\nvoid check;", /downwards/],
  ['src/decoding/planted.ts', "import * as tf from '@tensorflow/tfjs-core';\nvoid tf;", /does not use it/],
  ['src/report/planted.ts', "import { operators } from '../operators/registry.ts';\nvoid operators;", /downwards/],
  ['src/audio/planted.ts', "import { map } from 'rxjs';\nvoid map;", /does not use it/],
  ['src/operators/planted.ts', "import { logMel } from './log-mel.ts';\nvoid logMel;", /never import one another/],
  [
    'src/operators/planted.ts',
    "import { startGraph } from '../graphs/run.ts';\nvoid startGraph;",
    /know nothing of graphs/,
  ],
  ['src/operators/planted.ts', "import * as tf from '@tensorflow/tfjs-core';\nvoid tf;", /Tensors/],
  ['src/graphs/planted.ts', "import { logMel } from '../operators/log-mel.ts';\nvoid logMel;", /through the registry/],
  ['src/graphs/planted.ts', "import { draw } from '../cli/draw.ts';\nvoid draw;", /downwards/],
  [
    'src/operators/planted.ts',
    "import { of } from 'rxjs';\nof(1).subscribe();",
    /Only src\/graphs\/run\.ts subscribes/,
  ],
  ['src/audio/planted.ts', 'export default 1;', /Named exports only/],
  ['src/graphs/planted.ts', "console.log('hello');", /console/],
  ['src/graphs/planted.ts', "import { startServer } from '../server/start-server.ts';\nvoid startServer;", /downwards/],
  ['src/page/planted.ts', "import { check } from '../graphs/check.ts';\nvoid check;", /runs in a browser/],
  ['src/server/planted.ts', "import { paint } from '../cli/paint.ts';\nvoid paint;", /downwards/],
];

describe('the import table', () => {
  const eslint = new ESLint({
    overrideConfig: [
      { ...tseslint.configs.disableTypeChecked, languageOptions: { parserOptions: { projectService: false } } },
    ],
  });

  for (const [file, code, says] of offences) {
    it(`refuses in ${file}: ${code.split('\n')[0]}`, async () => {
      const [result] = await eslint.lintText(code, { filePath: file });
      assert.match(result?.messages.map((message) => message.message).join('\n') ?? '', says);
    });
  }

  it('lets operators use the mathematics, and graphs the registry', async () => {
    const allowed = [
      [
        'src/operators/planted.ts',
        "import { melSpectrogram } from '../audio/mel-spectrogram.ts';\nvoid melSpectrogram;",
      ],
      ['src/graphs/planted.ts', "import { operators } from '../operators/registry.ts';\nvoid operators;"],
    ] as const;
    for (const [filePath, code] of allowed) {
      const [result] = await eslint.lintText(code, { filePath });
      assert.deepEqual(result?.messages, []);
    }
  });
});
