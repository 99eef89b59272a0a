/**
 * Two things: typescript-eslint's strict rules, and the house's own. The layers are a table: who may import whom
 * (docs/architecture.md). Everything else here is one sentence of DESIGN made into a rule.
 */
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** A layer may import itself and the layers named here; everything under src that is not named is refused. */
const layers = {
  records: [],
  audio: [],
  language: ['audio', 'whisper', 'tensors', 'tables'],
  whisper: ['audio', 'tensors', 'tables'],
  decoding: ['audio', 'whisper', 'language', 'tensors'],
  scoring: ['audio', 'language'],
  live: ['audio', 'whisper', 'language', 'decoding'],
  training: ['audio', 'whisper', 'language', 'decoding', 'scoring', 'tensors', 'tables'],
  tensors: [],
  tables: [],
  manifests: ['tables'],
  operators: [
    'audio',
    'whisper',
    'language',
    'decoding',
    'live',
    'scoring',
    'training',
    'tensors',
    'tables',
    'manifests',
  ],
  graphs: ['operators', 'tables'],
  report: ['audio', 'language', 'scoring', 'tables'],
  queue: [],
  server: ['graphs', 'tables', 'tensors', 'whisper'],
  page: ['server', 'graphs'],
  cli: [
    'server',
    'queue',
    'graphs',
    'operators',
    'audio',
    'tables',
    'tensors',
    'whisper',
    'language',
    'manifests',
    'scoring',
    'report',
  ],
};

const heavy = {
  rxjs: ['operators', 'graphs'],
  '@tensorflow/tfjs-core': ['tensors', 'whisper', 'training'],
};

/** The page is bundled for browsers: of other layers it may have the files that need nothing of Node.js. */
const pageOnly = {
  regex: '^\\.\\./(?!server/messages\\.ts$|graphs/drawing/layout\\.ts$)',
  message: 'The page runs in a browser: of the rest it knows server/messages.ts and graphs/drawing/layout.ts.',
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => {
  // Records are what all layers speak of.
  const allowedToo = [layer, 'records', ...allowed];
  const refused = Object.keys(layers).filter((other) => !allowedToo.includes(other));
  const packages = Object.keys(heavy).filter((name) => !heavy[name].includes(layer));
  const operatorsOnly =
    layer === 'graphs'
      ? [
          {
            regex: 'operators/(?!registry|define-operator|as-rx-operator)',
            message: 'A graph knows operators only through the registry.',
          },
        ]
      : [];
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(refused.length > 0
              ? [
                  {
                    group: refused.map((other) => `**/${other}/**`),
                    message: `src/${layer} stands below or beside it: imports run downwards (docs/architecture.md).`,
                  },
                ]
              : []),
            ...(packages.length > 0
              ? [{ group: packages, message: `src/${layer} does not use it (docs/architecture.md).` }]
              : []),
            ...operatorsOnly,
            ...(layer === 'page' ? [pageOnly] : []),
          ],
        },
      ],
    },
  };
});

export default defineConfig([
  globalIgnores(['dist/', 'coverage/', 'models/', '**/*.d.ts', 'src/tensors/onnx/onnx_pb.ts']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'off', // an async function that throws gives a rejected promise: wanted at the edges
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/prefer-for-of': 'off', // index loops over typed arrays are the mathematics' own form
    },
  },
  ...layerRules,
  {
    files: ['src/operators/*.ts'],
    ignores: ['src/operators/registry.ts', 'src/operators/define-operator.ts', 'src/operators/as-rx-operator.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\./(?!define-operator|[a-z]+-options)',
              message: 'Operators never import one another; what they share is mathematics and has a home below.',
            },
            { group: ['**/graphs/**', '**/cli/**'], message: 'Operators know nothing of graphs.' },
            { group: ['@tensorflow/**'], message: 'Tensors are born and die in src/whisper.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/graphs/run.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.property.name='subscribe']", message: 'Only src/graphs/run.ts subscribes.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'A union of strings says the same and erases.' },
      ],
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: { 'no-console': 'error' } },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly' } },
  },
]);
