/**
 * Writes src/tensors/onnx/onnx_pb.ts from onnx.proto beside it (ONNX 1.23.2, Apache-2.0).
 *
 *     npx --package @bufbuild/buf --package @bufbuild/protoc-gen-es tsx scripts/generate-onnx.ts
 *
 * protoc-gen-es writes enums, which do not erase; they become constants here.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = 'src/tensors/onnx';
const temporary = mkdtempSync(join(tmpdir(), 'diglot-onnx-'));
try {
  const template = {
    version: 'v2',
    plugins: [{ local: 'protoc-gen-es', out: temporary, opt: ['target=ts', 'import_extension=ts'] }],
  };
  execFileSync('buf', ['generate', folder, '--template', JSON.stringify(template)], { stdio: 'inherit' });
  const text = readFileSync(join(temporary, 'onnx_pb.ts'), 'utf8').replace(
    /export enum (\w+) \{(.*?)\n\}/gs,
    (_, name: string, members: string) =>
      `export const ${name} = {${members.replace(/^( *)(\w+) = (\d+),/gm, '$1$2: $3,')}\n} as const;\n\n` +
      `export type ${name} = (typeof ${name})[keyof typeof ${name}];`,
  );
  writeFileSync(join(folder, 'onnx_pb.ts'), text);
} finally {
  rmSync(temporary, { recursive: true });
}
