/**
 * Latency and errors of live sessions: recordings played at their own pace, through `pipelines/live.json`, on the clock.
 *
 *     npx tsx bench/live.ts [--set nodes.recogniser.with.stepSeconds=0.3] FILE ...
 *
 * Names (asr-anchors 1c note 1): `first_update_ms` is from the end of a word in the audio to the first text that has it
 * rightly in its place; `final_ms` to the final text that has it; `final_after_stop_ms` from the end of speech to the last
 * text of the utterance. Where a word ends, and what is right, is what the same model makes of the whole recording
 * afterwards (`offline`), with word times, from words on which offline and final texts agree. `unaware` is the same if
 * computing took no time.
 */
import { parseArgs } from 'node:util';
import { check } from '../src/graphs/check.ts';
import { formatFault } from '../src/graphs/faults.ts';
import { loadPipelines } from '../src/graphs/load.ts';
import { startGraph } from '../src/graphs/run.ts';
import { wordKey } from '../src/live/word-key.ts';
import type { AnyRecord, FinalText, Hypothesis, PartialText } from '../src/records.ts';
import { align } from '../src/scoring/align.ts';
import type { Unit } from '../src/scoring/profiles/profile.ts';
import { acquireModel } from '../src/whisper/load-model.ts';

const { values, positionals: files } = parseArgs({
  options: { set: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});

interface Timed {
  readonly key: string;
  readonly end: number;
}
interface Shown {
  readonly at: number;
  readonly unaware: number;
  readonly keys: readonly string[];
}
interface Measured {
  readonly file: string;
  readonly first: number[];
  readonly firstUnaware: number[];
  readonly final: number[];
  readonly afterStop: number[];
  readonly offline: readonly Timed[];
  readonly live: string;
  readonly errors: number;
}

async function recordsOf(
  pipeline: string,
  parameters: Record<string, string>,
  overrides: string[],
): Promise<AnyRecord[]> {
  const [loaded] = await loadPipelines(pipeline, { parameters, overrides });
  const { plan, faults } = check(loaded!);
  if (plan === null) throw new Error(faults.map(formatFault).join('\n'));
  const records: AnyRecord[] = [];
  const taken = new Map([['records', (record: AnyRecord) => void records.push(record)]]);
  const { failure } = await startGraph(plan, { note: () => undefined, program: { given: new Map(), taken } }).finished;
  if (failure !== null) throw failure;
  return records;
}

const timed = (words: readonly { word: string; end: number }[]): Timed[] =>
  words.flatMap(({ word, end }) => (wordKey(word) === '' ? [] : [{ key: wordKey(word), end }]));

async function offline(path: string): Promise<Timed[]> {
  const parameters = { path };
  const records = await recordsOf('bench/live-offline.json', parameters, []);
  const hypotheses = records.filter((record): record is Hypothesis => record.kind === 'hypothesis');
  return hypotheses.flatMap(({ segments }) => timed(segments.flatMap(({ words }) => words!)));
}

async function measure(path: string): Promise<Measured> {
  const parameters = { source: 'recording', file: path };
  const records = await recordsOf('pipelines/live.json', parameters, values.set);
  const texts = records.filter((record): record is PartialText | FinalText =>
    ['partial', 'final'].includes(record.kind),
  );
  const reference = await offline(path);

  const shown: Shown[] = [];
  const said: { readonly key: string; readonly at: number }[] = [];
  for (const { kind, words, emittedAt, heardUntil } of texts) {
    const keys = timed(words).map(({ key }) => key);
    if (kind === 'final') said.push(...keys.map((key) => ({ key, at: emittedAt })));
    const open = kind === 'final' ? [] : keys;
    shown.push({ at: emittedAt, unaware: heardUntil, keys: [...said.map(({ key }) => key), ...open] });
  }
  const unit = ({ key }: { readonly key: string }) => ({ text: key, language: 'other' }) as Unit;
  const steps = align(reference.map(unit), said.map(unit));
  const right = steps.flatMap(({ operation, reference: one, hypothesis: other }) =>
    operation === 'hit' ? [{ word: reference[one!]!, at: other! }] : [],
  );
  // A word is displayed rightly when it stands in its place: behind as many words as in the final text.
  const firsts = right.map(({ word, at }) => {
    const text = shown.find(({ keys }) => keys[at] === word.key)!;
    return { aware: text.at - word.end, unaware: text.unaware - word.end };
  });
  const finals = right.map(({ word, at }) => said[at]!.at - word.end);
  const afterStop = texts.flatMap((text) =>
    text.kind === 'final' && text.endsUtterance ? [text.emittedAt - text.endOfSpeech!] : [],
  );
  return {
    file: path.split('/').at(-1)!,
    first: firsts.map(({ aware }) => aware),
    firstUnaware: firsts.map(({ unaware }) => unaware),
    final: finals,
    afterStop,
    offline: reference,
    live: texts.map((text) => (text.kind === 'final' ? `${text.text}${text.endsUtterance ? ' ' : ''}` : '')).join(''),
    errors: steps.length - right.length,
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
const pair = (values: readonly number[]): string =>
  `${(1000 * percentile(values, 0.5)).toFixed(0)} / ${(1000 * percentile(values, 0.95)).toFixed(0)}`;

const row = ({ file, first, firstUnaware, final, afterStop, offline: reference, errors }: Measured): string =>
  `| ${file} | ${reference.length} | ${pair(first)} | ${pair(firstUnaware)} | ${pair(final)} | ${pair(afterStop)} | ${errors} |`;

// Loaded once, and warm: the first window of a process compiles what the others find.
const { release } = await acquireModel('whisper-base-int8', { device: 'auto', precision: 'int8' });
await recordsOf('pipelines/live.json', { source: 'recording', file: files[0]! }, [
  ...values.set,
  'nodes.audio.with.pace=4',
]);
console.log(
  '| recording | words | first_update_ms p50 / p95 | unaware | final_ms | final_after_stop_ms | errors against offline |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
const all: Measured[] = [];
for (const file of files) {
  const measured = await measure(file);
  all.push(measured);
  console.log(row(measured));
  console.error(`${measured.file}: ${measured.live}\n    offline: ${measured.offline.map(({ key }) => key).join(' ')}`);
}
const of = (key: 'first' | 'firstUnaware' | 'final' | 'afterStop'): number[] => all.flatMap((each) => each[key]);
console.log(
  row({
    file: 'all',
    first: of('first'),
    firstUnaware: of('firstUnaware'),
    final: of('final'),
    afterStop: of('afterStop'),
    offline: all.flatMap((each) => each.offline),
    live: '',
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
  }),
);
console.log(
  '\nwhisper_streaming, by its README, ESIC, whole latency of a word to its final text: 3300 ms on an A40 GPU.',
);
release();
