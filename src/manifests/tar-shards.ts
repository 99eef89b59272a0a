/**
 * Tar shards as WebDataset names them: members whose names are alike up to the first dot of the file name are one utterance,
 * and stand together. One is the audio; `.txt` is its text, `.json` an object with the fields of a manifest. The audio stays
 * where it is: its path is `shard.tar/NAME`, which read-audio reads out of the archive.
 */
import { isUtf8 } from 'node:buffer';
import { RecordError } from '../errors.ts';
import { isAudioName } from './audio-files.ts';
import { containerName } from './audio-path.ts';
import { readEntry, type Entry, type Reading } from './fields.ts';
import { readStretch, tarMembers, type TarMember } from './tar.ts';

/** Bytes: a larger text or object is none of an utterance. */
const LONGEST_TEXT = 1 << 20;

/** Reads the utterances of one shard, in its order. A shard that is broken ends with an error row. */
export async function* tarShard(path: string, reading: Reading): AsyncGenerator<Entry> {
  let key: string | null = null;
  let members: TarMember[] = [];
  try {
    for await (const member of tarMembers(path)) {
      const next = keyOf(member.name);
      if (next !== key && members.length > 0) {
        yield* utteranceOf(path, key!, members, reading);
        members = [];
      }
      key = next;
      members.push(member);
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    yield new RecordError(error.code, error.message, { id: path, cause: error });
  }
  if (members.length > 0) yield* utteranceOf(path, key!, members, reading);
}

/** `clips/a.b.wav` belongs to `clips/a`. */
function keyOf(name: string): string {
  const [, folder = '', file = ''] = /^(.*\/)?([^/]*)$/.exec(name) ?? [];
  const dot = file.indexOf('.', 1);
  return folder + (dot < 0 ? file : file.slice(0, dot));
}

async function* utteranceOf(
  path: string,
  key: string,
  members: readonly TarMember[],
  reading: Reading,
): AsyncGenerator<Entry> {
  const audio = members.find(({ name }) => isAudioName(name));
  // What has no audio is something else that lies in the archive: a licence, a list.
  if (audio === undefined) return;
  const { name: shard, folder } = containerName(reading.root, path);
  const place = `${path}/${audio.name}`;
  try {
    const text = await textOf(path, members, '.txt');
    const cells: Readonly<Record<string, unknown>> = {
      id: key,
      ...(text !== null && { text: text.trim() }),
      ...objectIn(await textOf(path, members, '.json')),
      path: `${shard}/${audio.name}`,
    };
    yield readEntry((column) => (Object.hasOwn(cells, column) ? cells[column] : undefined), place, {
      root: folder,
      within: folder,
      columns: { ...reading.columns, path: 'path' },
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    yield new RecordError(error.code, `${place}: ${error.message}.`, { id: place, cause: error });
  }
}

/** The text of the member with an ending; null where there is none. @throws RecordError `encoding`, `line-too-long` */
async function textOf(path: string, members: readonly TarMember[], ending: string): Promise<string | null> {
  const member = members.find(({ name }) => name.toLowerCase().endsWith(ending));
  if (member === undefined) return null;
  if (member.bytes > LONGEST_TEXT) throw new RecordError('line-too-long', `${member.name} is longer than 1 MiB`);
  const bytes = await readStretch(path, member);
  if (!isUtf8(bytes)) throw new RecordError('encoding', `${member.name} is not UTF-8`);
  return Buffer.from(bytes).toString('utf8');
}

function objectIn(text: string | null): object {
  if (text === null) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError('manifest-line', 'its .json is not JSON', { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new RecordError('manifest-line', 'its .json is not an object');
}
