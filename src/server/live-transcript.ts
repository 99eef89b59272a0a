/** What is kept of a live session: its final texts, as the text formats and an Arrow table have them. */
import type { FinalText } from '../records.ts';
import { inferTable } from '../tables/infer-table.ts';
import { KIND, versions } from '../tables/provenance.ts';
import { appendRecord, schemaOf } from '../tables/record-table.ts';
import { tableOf } from '../tables/record-tables.ts';
import { encodeStream } from '../tables/stream-encoder.ts';
import type { Transcript } from '../tables/text/transcript.ts';
import type { KeptTranscript } from './kept-transcripts.ts';

/** @returns Null where nothing was said. */
export function liveTranscript(name: string, finals: readonly FinalText[]): KeptTranscript | null {
  const spoken = finals.filter(({ text }) => text.trim() !== '');
  const [first] = spoken;
  return first === undefined ? null : { transcript: transcriptOf(name, spoken), arrow: arrowOf(spoken) };
}

/** A segment for each utterance. */
function transcriptOf(name: string, finals: readonly FinalText[]): Transcript {
  const utterances = new Map<number, FinalText[]>();
  for (const final of finals) utterances.set(final.utterance, [...(utterances.get(final.utterance) ?? []), final]);
  const segments = [...utterances.values()].map((parts) => {
    const words = parts.flatMap(({ words }) =>
      words.map(({ word, start, end, probability }) => ({ word, start, end, probability })),
    );
    const logs = parts.map(({ confidence }) => Math.log(Math.max(confidence, 1e-9)));
    return {
      start: parts[0]!.origin.start,
      end: Math.max(...parts.map(({ origin }) => origin.start + origin.duration)),
      text: parts.map(({ text }) => text).join(''),
      tokens: [],
      tokenScores: [],
      seek: 0,
      temperature: 0,
      averageLogProbability: logs.reduce((sum, log) => sum + log, 0) / logs.length,
      compressionRatio: 1,
      noSpeechProbability: 0,
      words,
    };
  });
  return {
    id: name,
    path: name,
    language: finals[0]!.language,
    text: segments.map(({ text }) => text.trim()).join('\n'),
    segments,
    languageSpans: finals.flatMap(({ languageSpans }) => languageSpans),
  };
}

function arrowOf(finals: readonly FinalText[]): Uint8Array {
  const table = tableOf('final') ?? inferTable(finals[0]!);
  const rows = table.row.builder('');
  for (const final of finals) appendRecord(table, rows, final);
  const encoder = encodeStream(schemaOf(table, new Map([...versions(), [KIND, table.kind]])));
  return Buffer.concat([encoder.start(), encoder.batch(rows.finish()), encoder.end()]);
}
