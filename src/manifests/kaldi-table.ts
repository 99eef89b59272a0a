/**
 * What a table of Kaldi (`text`, `utt2spk`) says of utterances that come one after the other. A small table is held in
 * memory, in any order. A large one is read along with the utterances, as both are sorted: `LC_ALL=C sort`, which Kaldi's
 * utils/validate_data_dir.sh demands. Where they are not, that is told, and nothing is guessed.
 */
import { stat } from 'node:fs/promises';
import { RecordError } from '../errors.ts';
import { type KaldiLine, kaldiLines } from './kaldi-lines.ts';

/** Bytes of a table that is held in memory. */
const HELD_BYTES = 16 << 20;

export interface KaldiTable {
  /** What stands behind the key; undefined where nothing does. */
  readonly get: (key: string) => string | undefined | Promise<string | undefined>;
  /** Looks at what is left of the table, when no key comes any more. */
  readonly finish: () => Promise<void>;
}

/**
 * Opens a table; one that is not there knows of nothing.
 * @param faults Takes what is wrong with its lines; `manifest-order` once, where lines that are not sorted were passed over.
 */
export async function openKaldiTable(path: string, faults: RecordError[], heldBytes = HELD_BYTES): Promise<KaldiTable> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > heldBytes) return alongside(path, faults);
  const values = new Map<string, string>();
  for await (const line of kaldiLines(path)) {
    if (line instanceof RecordError) faults.push(line);
    else values.set(line.key, line.value);
  }
  return { get: (key) => values.get(key), finish: async () => {} };
}

function alongside(path: string, faults: RecordError[]): KaldiTable {
  const lines = kaldiLines(path);
  let line: KaldiLine | null = null;
  let isAtEnd = false;
  let wanted = '';
  let isTold = false;

  async function advance(): Promise<void> {
    for (;;) {
      const { value } = await lines.next();
      if (value instanceof RecordError) {
        faults.push(value);
        continue;
      }
      if (value === undefined) isAtEnd = true;
      else if (line !== null && compare(value.key, line.key) < 0) tell(value.place, value.key, line.key);
      line = value ?? null;
      return;
    }
  }

  function tell(place: string, key: string, before: string): void {
    if (isTold) return;
    isTold = true;
    const message = `${place}: ${key} stands behind ${before}, and the file is too large to be held in memory, so texts and speakers may be lost; sort all files of the folder by LC_ALL=C sort.`;
    faults.push(new RecordError('manifest-order', message, { id: place }));
  }

  return {
    async get(key) {
      if (compare(key, wanted) < 0) tell(path, key, wanted);
      wanted = key;
      if (line === null && !isAtEnd) await advance();
      while (line !== null && compare(line.key, key) < 0) await advance();
      return line?.key === key ? line.value : undefined;
    },
    async finish() {
      while (!isAtEnd) await advance();
    },
  };
}

/** By bytes of UTF-8, as the C locale has it; UTF-16, which `<` goes by, differs from it only where there are surrogates. */
function compare(a: string, b: string): number {
  if (/[\ud800-\udfff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
