/**
 * Kaldi data folders: wav.scp (recording, file), and where they are there segments (utterance, recording, start, end),
 * text, utt2spk and utt2lang. An entry of wav.scp that is a command (`sox … |`) is refused, never run.
 *
 * The file that lists the utterances is read as a stream, and so are large files beside it, which must be sorted as Kaldi
 * demands. In memory are small ones, and with segments wav.scp: about 200 bytes a line.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '../errors.ts';
import { attempt, readEntry, type Entry, type Reading } from './fields.ts';
import { kaldiLines } from './kaldi-lines.ts';
import { openKaldiTable } from './kaldi-table.ts';

/** Reads the utterances of a data folder: those of segments, or else whole recordings. */
export async function* kaldi(folder: string, reading: Reading): AsyncGenerator<Entry> {
  const faults: RecordError[] = [];
  const table = (name: string) => openKaldiTable(join(folder, name), faults);
  const [text, speaker, language] = [await table('text'), await table('utt2spk'), await table('utt2lang')];
  const rest = async () => {
    for (const each of [text, speaker, language]) await each.finish();
    return faults.splice(0);
  };
  const known = async (key: string) => ({
    id: key,
    text: await text.get(key),
    speaker: await speaker.get(key),
    language: await language.get(key),
  });
  const entry = (cells: Readonly<Record<string, unknown>>, place: string) =>
    readEntry((column) => cells[column], place, { ...reading, columns: {} });

  const recordings = new Map<string, string>();
  const whole = !existsSync(join(folder, 'segments'));
  for await (const line of kaldiLines(join(folder, 'wav.scp'))) {
    if (line instanceof RecordError) yield line;
    else if (whole) yield entry({ ...(await known(line.key)), path: line.value }, line.place);
    else recordings.set(line.key, line.value);
    yield* faults.splice(0);
  }
  if (whole) {
    yield* await rest();
    return;
  }
  for await (const line of kaldiLines(join(folder, 'segments'))) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    const cells = await known(line.key);
    yield* faults.splice(0);
    yield attempt(line.place, () => {
      const [recording, start, end, more] = line.value.split(/\s+/);
      if (recording === undefined || start === undefined || end === undefined || more !== undefined) {
        throw new RecordError('manifest-line', 'expected utterance, recording, start and end');
      }
      const path = recordings.get(recording);
      if (path === undefined) throw new RecordError('manifest-line', `${recording} is not in wav.scp`);
      // Kaldi writes -1 where the segment goes on to the end of the recording.
      return entry({ ...cells, path, start, end: end === '-1' ? undefined : end }, line.place);
    });
  }
  yield* await rest();
}
