/**
 * Live sessions on the clock. Measure on a machine that does nothing else.
 *
 *     npx tsx bench/live.ts [--part latency] [--set nodes.recogniser.with.stepSeconds=0.3] [--verbose] [PART OF A NAME ...]
 *
 * `latency` plays recordings at their own pace through `pipelines/live.json`: word latency, time to final, end of speech to
 * the last text, and the mixed error rate of finals beside that of the same model offline. `hour` plays them over and over
 * through one session for --minutes 60: latency at the end against the start, and growth of the heap. `sessions` has one,
 * two and three clients of `diglot serve` at once, and one too many; `hostile` an honest one among others (npm run build first).
 */
import { parseArgs } from 'node:util';
import { measureHostile } from './live/hostile.ts';
import { measureHour } from './live/hour.ts';
import { measureLatency, type BenchOptions } from './live/latency.ts';
import { measureSessions } from './live/sessions.ts';

const { values, positionals: files } = parseArgs({
  options: {
    part: { type: 'string', default: 'latency' },
    set: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
  },
  allowPositionals: true,
});
const parts: Record<string, (options: BenchOptions) => Promise<void>> = {
  latency: measureLatency,
  hour: measureHour,
  sessions: measureSessions,
  hostile: measureHostile,
};
for (const part of values.part.split(',')) {
  const measure = parts[part];
  if (measure === undefined) throw new Error(`--part ${part}: it is one of ${Object.keys(parts).join(', ')}.`);
  await measure({ files, set: values.set, verbose: values.verbose, minutes: Number(values.minutes) });
}
