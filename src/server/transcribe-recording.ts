/**
 * Runs `pipelines/transcribe.json` on one uploaded recording, as `diglot transcribe` does: there is no second way to a
 * transcript. The files of the run lie in a folder that the caller makes and removes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from '../graphs/check.ts';
import { formatFault } from '../graphs/faults.ts';
import { loadPipelines } from '../graphs/load.ts';
import { startGraph } from '../graphs/run.ts';
import type { ErrorRow, Hypothesis } from '../records.ts';
import { readRecords } from '../tables/reader.ts';
import { RequestError } from './request-error.ts';
import type { ServerOptions } from './server-options.ts';

const pipeline = fileURLToPath(new URL('../../pipelines/transcribe.json', import.meta.url));

export interface Recognised {
  readonly hypothesis: Hypothesis;
  /** The table that the pipeline wrote. */
  readonly arrow: Uint8Array;
}

/**
 * @param path The recording.
 * @param name What the client calls it.
 * @param parameters Of the pipeline.
 * @param signal Stops the run when the client has left.
 * @throws RequestError 400 where the recording cannot be read, told in the words of the error row.
 */
export async function transcribeRecording(
  { path, folder, name }: { path: string; folder: string; name: string },
  parameters: Readonly<Record<string, string>>,
  options: ServerOptions,
  signal: AbortSignal,
): Promise<Recognised> {
  const arrow = join(folder, 'transcript.arrow');
  const [loaded] = await loadPipelines(pipeline, {
    parameters: {
      ...modelParameters(options),
      ...parameters,
      files: JSON.stringify([path]),
      out: join(folder, 'text'),
      arrow,
    },
    overrides: ['nodes.files.with.format=audio', `nodes.audio.with.maxSeconds=${options.limits.uploadSeconds}`],
    allowTypeScript: false,
  });
  const { plan, faults } = check(loaded!);
  if (plan === null) throw new Error(faults.map(formatFault).join('\n'));
  let row: ErrorRow | null = null;
  const graph = startGraph(plan, { note: options.note, onErrorRow: (fault) => (row = fault) });
  const stop = (): void => graph.abort();
  signal.addEventListener('abort', stop);
  const report = await graph.finished;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (report.failure !== null) throw report.failure;
  if (row !== null) throw unreadable(row, path, name);
  for await (const record of readRecords(arrow)) {
    return { hypothesis: record as Hypothesis, arrow: await readFile(arrow) };
  }
  throw new Error('The pipeline wrote neither a transcript nor an error row.');
}

/** The parameters that every graph of the server has in common. */
export function modelParameters(options: ServerOptions): Record<string, string> {
  const { model, adapter, device, precision, offline, cacheFolder } = options;
  return {
    model,
    device,
    ...(precision === null ? {} : { precision }),
    offline: String(offline),
    ...(adapter.length === 0 ? {} : { adapter: JSON.stringify(adapter) }),
    ...(cacheFolder === null ? {} : { cacheFolder }),
  };
}

/** The fault of the recording, which is called by the client's name for it instead of ours. */
function unreadable({ code, message }: ErrorRow, path: string, name: string): RequestError {
  return new RequestError(400, code.replaceAll('-', '_'), message.replaceAll(path, name), { field: 'file' });
}
