/**
 * Texts out of Arrow: hypotheses, utterances and scores that diglot wrote, and any other table with columns for id and
 * text. Pieces that `segment` cut are put together again.
 */
import { RecordBatchReader } from 'apache-arrow';
import type { AnyRecord, Hypothesis } from '../../records.ts';
import { checkedChunks } from '../../tables/message-stream.ts';
import { KIND } from '../../tables/provenance.ts';
import { readMetadata, readRecords } from '../../tables/reader.ts';
import { wholeRecording } from '../../tables/text/whole-recording.ts';
import { namesText, readText } from './text-fields.ts';
import { textFault, type Side, type TextEntry } from './utterance-text.ts';

/**
 * @returns Hypotheses of pieces come last, a text for each recording.
 * @throws UsageError `arrow-file` when the file is broken.
 */
export async function* arrowTexts(path: string, side: Side): AsyncGenerator<TextEntry> {
  const kind = (await readMetadata(path)).get(KIND);
  if (kind === undefined) {
    yield* foreignTexts(path, side);
    return;
  }
  const recordings = new Map<string, [Hypothesis, ...Hypothesis[]]>();
  let row = -1;
  for await (const record of readRecords(path) as AsyncGenerator<AnyRecord>) {
    const place = `${path}:${++row}`;
    if (side === 'hypothesis' && record.kind === 'hypothesis' && record.origin.piece !== null) {
      const { recording } = record.origin.piece;
      const pieces = recordings.get(recording);
      if (pieces === undefined) recordings.set(recording, [record]);
      else pieces.push(record);
    } else yield recordText(record, side, place);
  }
  for (const [recording, pieces] of recordings) yield joined(recording, pieces, path);
}

function recordText(record: AnyRecord, side: Side, place: string): TextEntry {
  const { id } = record;
  if (record.kind === 'score') return { id, text: record[side], speaker: record.origin.speaker, place };
  if (record.kind === 'hypothesis' && side === 'hypothesis') {
    return { id, text: record.text, speaker: record.origin.speaker, place, hypothesis: record };
  }
  const spoken = record.kind === 'hypothesis' ? record.origin : record.kind === 'utterance' ? record : null;
  if (spoken === null || spoken.reference === null) {
    const message = `this ${record.kind} has no ${side}; name a table of hypotheses or of utterances with texts`;
    return textFault(place, message);
  }
  return { id, text: spoken.reference, speaker: spoken.speaker, place };
}

/** One hypothesis for a recording. A piece that is not there is a fault: its speech would count as deleted. */
function joined(recording: string, pieces: readonly [Hypothesis, ...Hypothesis[]], place: string): TextEntry {
  const [first] = pieces;
  const count = first.origin.piece?.count ?? 1;
  if (pieces.length !== count) {
    return textFault(
      place,
      `${recording} was cut into ${count} pieces, of which ${pieces.length} are here; decode the rest`,
    );
  }
  const hypothesis = wholeRecording(pieces);
  return { id: recording, text: hypothesis.text, speaker: first.origin.speaker, place, hypothesis };
}

async function* foreignTexts(path: string, side: Side): AsyncGenerator<TextEntry> {
  let row = 0;
  const chunks = checkedChunks(path);
  try {
    for await (const batch of await RecordBatchReader.from(chunks)) {
      const header = batch.schema.fields.map(({ name }) => name);
      if (!namesText(header, side)) {
        yield textFault(path, `no columns for id and ${side} among ${header.join(', ')}; name them id and text`);
        return;
      }
      const columns = new Map(header.map((name, at) => [name, batch.getChildAt(at)]));
      for (let at = 0; at < batch.numRows; at++, row++) {
        yield readText((name) => columns.get(name)?.get(at), `${path}:${row}`, side);
      }
    }
  } catch (error) {
    const message = `cannot be read on from row ${row} (${(error as Error).message}); write it as an uncompressed Arrow stream`;
    yield textFault(path, message, error);
  } finally {
    await chunks.return(undefined);
  }
}
