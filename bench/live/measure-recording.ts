/**
 * One recording through `pipelines/live.json` and through the offline graph, and what came of it.
 *
 * Names (asr-anchors 1c note 1): `first_update` is from the end of a word in the audio to the first text that has it
 * rightly in its place, behind as many words as in the final text; `final` to the final text that has it;
 * `final_after_stop` from the end of speech to the last text of the utterance. Where a word ends, and which words are right,
 * is what the same model makes of the whole recording; words on which final and offline texts differ are counted as
 * errors and have no latency. `unaware` is the same if computing took no time.
 */
import { check } from '../../src/graphs/check.ts';
import { formatFault } from '../../src/graphs/faults.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { wordKey } from '../../src/live/word-key.ts';
import type { AnyRecord, FinalText, Hypothesis, PartialText } from '../../src/records.ts';
import type { ErrorCounts } from '../../src/score-counts.ts';
import { align } from '../../src/scoring/align.ts';
import { countErrors } from '../../src/scoring/count-errors.ts';
import type { Profile, Unit } from '../../src/scoring/profiles/profile.ts';
import type { SpokenText } from './recordings.ts';

/** Seconds, an entry a word or an utterance. */
export interface Latencies {
  readonly first: readonly number[];
  readonly firstUnaware: readonly number[];
  readonly final: readonly number[];
  readonly afterStop: readonly number[];
}

export interface Measured extends Latencies {
  readonly path: string;
  /** Words of the offline text, and steps between it and the finals that are no hits. */
  readonly words: number;
  readonly differences: number;
  /** Of finals and of the offline text, against what was said. */
  readonly live: ErrorCounts;
  readonly offline: ErrorCounts;
  readonly liveText: string;
  readonly offlineText: string;
  readonly texts: readonly (PartialText | FinalText)[];
}

interface TimedWord {
  readonly key: string;
  readonly end: number;
}

export async function recordsOf(
  pipeline: string,
  parameters: Record<string, string>,
  overrides: readonly string[],
): Promise<AnyRecord[]> {
  const [loaded] = await loadPipelines(pipeline, { parameters, overrides: [...overrides] });
  const { plan, faults } = check(loaded!);
  if (plan === null) throw new Error(faults.map(formatFault).join('\n'));
  const records: AnyRecord[] = [];
  const taken = new Map([['records', (record: AnyRecord) => void records.push(record)]]);
  const { failure } = await startGraph(plan, { note: () => undefined, program: { given: new Map(), taken } }).finished;
  if (failure !== null) throw failure;
  return records;
}

const timed = (words: readonly { word: string; end: number }[]): TimedWord[] =>
  words.flatMap(({ word, end }) => (wordKey(word) === '' ? [] : [{ key: wordKey(word), end }]));

export async function measureRecording(
  { path, text: reference }: SpokenText,
  overrides: readonly string[],
  profile: Profile,
): Promise<Measured> {
  const records = await recordsOf('pipelines/live.json', { source: 'recording', file: path }, overrides);
  const texts = records.filter((record): record is PartialText | FinalText =>
    ['partial', 'final'].includes(record.kind),
  );
  const whole = (await recordsOf('bench/live/offline.json', { path }, [])).filter(
    (record): record is Hypothesis => record.kind === 'hypothesis',
  );
  const offline = whole.flatMap(({ segments }) => timed(segments.flatMap(({ words }) => words!)));

  const said: { readonly key: string; readonly at: number }[] = [];
  const shown = texts.map(({ kind, words, emittedAt, heardUntil }) => {
    const keys = timed(words).map(({ key }) => key);
    if (kind === 'final') said.push(...keys.map((key) => ({ key, at: emittedAt })));
    const open = kind === 'final' ? [] : keys;
    return { at: emittedAt, unaware: heardUntil, keys: [...said.map(({ key }) => key), ...open] };
  });
  const unit = ({ key }: { readonly key: string }) => ({ text: key, language: 'other' }) as Unit;
  const steps = align(offline.map(unit), said.map(unit));
  const right = steps.flatMap(({ operation, reference: one, hypothesis: other }) =>
    operation === 'hit' ? [{ word: offline[one!]!, at: other! }] : [],
  );
  const firsts = right.map(({ word, at }) => {
    const { at: aware, unaware } = shown.find(({ keys }) => keys[at] === word.key)!;
    return { aware: aware - word.end, unaware: unaware - word.end };
  });
  const liveText = texts.map((text) => (text.kind === 'final' ? `${text.text}${text.endsUtterance ? ' ' : ''}` : ''));
  const offlineText = whole.map(({ text }) => text).join(' ');
  const errorsOf = (text: string): ErrorCounts => countErrors(align(profile.units(reference), profile.units(text)));
  return {
    path,
    first: firsts.map(({ aware }) => aware),
    firstUnaware: firsts.map(({ unaware }) => unaware),
    final: right.map(({ word, at }) => said[at]!.at - word.end),
    afterStop: texts.flatMap((text) =>
      text.kind === 'final' && text.endsUtterance ? [text.emittedAt - text.endOfSpeech!] : [],
    ),
    words: offline.length,
    differences: steps.length - right.length,
    live: errorsOf(liveText.join('')),
    offline: errorsOf(offlineText),
    liveText: liveText.join(''),
    offlineText,
    texts,
  };
}
