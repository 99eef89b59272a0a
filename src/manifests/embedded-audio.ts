/** Audio that lies within another file: a member of a tar archive, a row of a Parquet or an Arrow file. */
import { arrowPath, readArrowAudio } from './arrow-audio.ts';
import { parquetPath, readParquetAudio } from './parquet-table.ts';
import { readTarMember, tarPath } from './tar.ts';

/**
 * The bytes of the audio file that a path names within an archive or a table; null where it names none of these.
 * @throws RecordError `file-missing`, `file-changed`, `tar`, `parquet`, `arrow-file`
 */
export function embeddedAudio(path: string): Promise<Uint8Array> | null {
  const tar = tarPath(path);
  if (tar !== null) return readTarMember(tar.archive, tar.member);
  const parquet = parquetPath(path);
  if (parquet !== null) return readParquetAudio(parquet.file, parquet.row);
  const arrow = arrowPath(path);
  return arrow === null ? null : readArrowAudio(arrow.file, arrow.row);
}
