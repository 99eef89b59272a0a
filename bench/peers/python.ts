/** Peers that live in Python (python_peers.py): a process each, asked by lines of JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Recogniser } from './recogniser.ts';

export interface PythonSide {
  readonly name: string;
  readonly peer: 'faster-whisper' | 'whisper.cpp';
  readonly model: string;
  readonly compute?: 'int8' | 'float32';
  /** Whether several clips are decoded together, where the peer can. */
  readonly batched?: boolean;
}

type Answer = Readonly<Record<string, unknown>>;

/** @throws Error with what Python says when the peer is not installed there. */
export async function openPython(
  python: string,
  { name, peer, model, compute, batched = false }: PythonSide,
  threads: number,
): Promise<Recogniser> {
  const script = fileURLToPath(new URL('python_peers.py', import.meta.url));
  const child = spawn(python, [script, String(threads)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const lines: AsyncIterator<string, undefined> = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: Answer): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${python} ended without an answer.`);
    const answer = JSON.parse(value) as Answer;
    if (typeof answer['error'] === 'string') throw new Error(answer['error']);
    return answer;
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  };
  try {
    const { version } = await ask({ do: 'open', peer, model, ...(compute && { compute }) });
    return {
      name: `${name} (${peer === 'whisper.cpp' ? 'pywhispercpp' : peer} ${String(version)})`,
      async transcribe(clips) {
        const files = clips.map(({ file }) => file);
        const { texts, seconds } = await ask({
          do: 'transcribe',
          files,
          language: clips[0]?.language ?? 'en',
          batched,
        });
        return { texts: texts as string[], seconds: seconds as number };
      },
      stepMilliseconds: async () => ((await ask({ do: 'step' }))['milliseconds'] as number | null) ?? null,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
