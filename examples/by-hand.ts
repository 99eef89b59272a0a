/**
 * Our operators in your own RxJS program: each is a plain operator, a source gives an Observable. There are no leases and
 * no error rows here; the first fault ends the stream.
 *
 *     npx tsx examples/by-hand.ts fixtures/audio/*.wav
 */
import { logMel, readAudio, readManifest, resample, type LogMel } from 'diglot';
import { lastValueFrom, map, toArray, type Observable } from 'rxjs';

/** The log-mel features of audio files, one after another. */
export function features(paths: string[]): Observable<LogMel> {
  return readManifest({ paths }).pipe(readAudio(), resample({ sampleRate: 16_000 }), logMel({ bands: 80 }));
}

if (import.meta.filename === process.argv[1]) {
  const lines = features(process.argv.slice(2)).pipe(map(({ id, bands, frames }) => `${id}: ${bands} x ${frames}`));
  console.log((await lastValueFrom(lines.pipe(toArray()))).join('\n'));
}
