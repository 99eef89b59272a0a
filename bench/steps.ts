/**
 * A decoder step of beam 5 with language rescoring, of one utterance and of several that share runs: milliseconds a step.
 *
 *     npx tsx bench/steps.ts [--utterances 1,4,15] [--positions 300] [--rounds 15] [--precision int8]
 *
 * The audio is made up: what a step costs depends on its length (50 positions a second) and on nothing that is said.
 */
import { parseArgs } from 'node:util';
import { defaultTranscribeOptions } from '../src/decoding/options.ts';
import { searchShortlist } from '../src/decoding/shortlist.ts';
import { languageSet } from '../src/language/language-set.ts';
import { tokenLanguages } from '../src/language/token-language.ts';
import { acquireModel } from '../src/whisper/load-model.ts';
import type { ComputePrecision } from '../src/whisper/weights.ts';

const { values } = parseArgs({
  options: {
    utterances: { type: 'string', default: '1,4,15' },
    positions: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '15' },
    precision: { type: 'string', default: 'int8' },
  },
});
const positions = Number(values.positions);
const precision = values.precision as ComputePrecision;
const { model, release } = await acquireModel('whisper-base-int8', { device: 'cpu', precision });
const { tokenizer, facts } = model;
const declared = tokenLanguages(tokenizer, languageSet(['zh', 'en']));
const shortlist = searchShortlist(tokenizer, declared, defaultTranscribeOptions, 1);
const prompt = [
  tokenizer.startOfTranscript,
  tokenizer.languages.get('zh')!,
  tokenizer.transcribe,
  tokenizer.noTimestamps,
];
const beam = Int32Array.of(0, 1, 2, 3, 4);

for (const utterances of values.utterances.split(',').map(Number)) {
  const sessions = await Promise.all(
    Array.from({ length: utterances }, (_, index) => {
      const states = Float32Array.from({ length: positions * facts.width }, (_, i) => Math.sin(i * (index + 1) * 0.37));
      return model.openDecoder(states, positions, { states: false, attention: false, shortlist });
    }),
  );
  await Promise.all(sessions.map((session) => session.prefill([prompt], [0, prompt.length - 1])));
  await Promise.all(sessions.map((session) => session.step(new Int32Array(5), beam)));
  const times: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const begin = performance.now();
    await Promise.all(sessions.map((session) => session.step(beam, Int32Array.of(7, 8, 9, 10, 11))));
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const [least, median] = [times[0]!, times[times.length >> 1]!];
  console.log(
    `${utterances} utterances of ${positions} positions: ${median.toFixed(1)} ms, least ${least.toFixed(1)} ms`,
  );
  for (const session of sessions) session.dispose();
}
release();
