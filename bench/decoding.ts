/**
 * What language costs in the decoder: beam search of the fixture recordings with each rescoring mode, a joined prompt and
 * the mixture of two prompts, beside plain decoding under the detected tag without declared languages. Systems take turns
 * on the same encoder states; a system's time is divided by its decoder steps, because their texts differ.
 *
 *     npx tsx bench/decoding.ts [--model whisper-base-int8] [--device auto] [--precision f32] [--beam 5] [--rounds 9]
 *                               [--window full|fit] [--systems plain,internal]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { decodeAudio } from '../src/audio/decode.ts';
import { melSpectrogram } from '../src/audio/mel-spectrogram.ts';
import { decodeWindow } from '../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../src/decoding/options.ts';
import { randomNumbers } from '../src/random-numbers.ts';
import { shortlistFor } from '../src/decoding/shortlist.ts';
import { chooseLanguages, openScorer, type LanguageOptions } from '../src/decoding/spoken-languages.ts';
import { encodeWindow, type States } from '../src/decoding/windows.ts';
import type { Calibrator } from '../src/language/calibrator.ts';
import { detectedCalibrator } from '../src/language/calibrators/detected.ts';
import type { RescoringMode } from '../src/language/language-terms.ts';
import type { DeviceName } from '../src/tensors/backend.ts';
import { acquireModel } from '../src/whisper/load-model.ts';
import type { DecoderSession, SpeechModel } from '../src/whisper/speech-model.ts';
import type { ComputePrecision } from '../src/whisper/weights.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    device: { type: 'string', default: 'auto' },
    beam: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '9' },
    precision: { type: 'string', default: 'f32' },
    window: { type: 'string', default: 'full' },
    systems: { type: 'string', default: '' },
  },
});
const files = ['cs_yesterday_zh_en.wav', 'english-jfk.flac', 'mandarin-look-in-front.wav'];

const detected = detectedCalibrator(0.1);

const rescored = (mode: RescoringMode, calibrator: Calibrator | null = detected): LanguageOptions => ({
  ...defaultTranscribeOptions,
  language: null,
  languagePrompt: 'single',
  rescoring: { ...defaultTranscribeOptions.rescoring, mode, weight: 0.3 },
  calibrator,
});
const systems: Readonly<Record<string, LanguageOptions>> = {
  'no languages': { ...rescored('plain', null), languages: [] },
  plain: rescored('plain', null),
  internal: rescored('internal', null),
  external: rescored('external'),
  replace: rescored('replace'),
  published: rescored('published'),
  joined: { ...rescored('plain', null), languagePrompt: 'joined' },
  mixture: { ...rescored('plain'), languagePrompt: 'mixture' },
};

const chosen = Object.entries(systems).filter(
  ([name]) => values.systems === '' || values.systems.split(',').includes(name),
);
const { model, release } = await acquireModel(values.model, {
  device: values.device as DeviceName,
  precision: values.precision as ComputePrecision,
  note: console.error,
});
const times = new Map(chosen.map(([name]) => [name, { steps: [] as number[], whole: [] as number[] }]));
for (const file of files) {
  const path = `fixtures/audio/${file}`;
  const logMel = melSpectrogram((await decodeAudio(await readFile(path), path)).channels[0]!, model.facts.bands);
  const window = values.window === 'fit' ? ({ kind: 'fit', slack: 4 } as const) : ({ kind: 'full' } as const);
  const states = await encodeWindow(model, logMel, 0, Math.min(3000, logMel.frames), window);
  for (let round = -1; round < Number(values.rounds); round++) {
    // There and back, so that no system always follows the same other.
    for (const [name, options] of round % 2 === 0 ? chosen : chosen.toReversed()) {
      const { milliseconds, steps, text } = await decode(model, states, options);
      if (round < 0) console.log(`${file.padEnd(28)} ${name.padEnd(13)} ${String(steps).padStart(3)} steps  ${text}`);
      else {
        times.get(name)!.steps.push(milliseconds / steps);
        times.get(name)!.whole.push(milliseconds);
      }
    }
  }
}
release();

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const ratiosTo = (base: string, { steps }: { steps: readonly number[] }): number[] =>
  steps.map((time, i) => time / (times.get(base)?.steps[i] ?? NaN));
const against = (base: string, system: { steps: readonly number[] }): string =>
  `${((median(ratiosTo(base, system)) - 1) * 100).toFixed(1)} %`.padStart(14);
console.log(
  `\n${values.precision}, beam ${values.beam}, ${values.window} window, ${values.rounds} rounds; ms a step: median; then the median of the rounds' ratios to`,
);
const bases = ['no languages', 'plain'].filter((name) => times.has(name));
console.log(`${''.padEnd(21)}${bases.map((name) => name.padStart(14)).join('')}`);
for (const [name, each] of times) {
  const ratios = bases.map((base) => against(base, each)).join('');
  console.log(`${name.padEnd(13)} ${median(each.steps).toFixed(2).padStart(7)}${ratios}`);
}
const [plain, internal] = [times.get('plain'), times.get('internal')];
if (plain !== undefined && internal !== undefined) {
  const sorted = ratiosTo('plain', internal).toSorted((a, b) => a - b);
  // Ranks between which the median of so many draws lies in 95 of 100 cases (binomial, normal approximation).
  const reach = 0.98 * Math.sqrt(sorted.length);
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))]!.toFixed(3);
  const middle = sorted.length / 2;
  console.log(
    `rescoring on, times the time of off, a step of the search: ${median(sorted).toFixed(3)} (95 %: ${at(middle - reach)} to ${at(middle + reach)}) (asked: at most 1.02)`,
  );
}

async function decode(
  speech: SpeechModel,
  window: States,
  options: LanguageOptions,
): Promise<{ milliseconds: number; steps: number; text: string }> {
  const spoken = await chooseLanguages(speech, options, null, () => Promise.resolve(window));
  const shortlist = shortlistFor(speech.tokenizer, spoken, { ...defaultTranscribeOptions, ...options });
  const begin = performance.now();
  const opened = await speech.openDecoder(window.states, window.positions, {
    shortlist,
    states: false,
    attention: false,
  });
  let steps = 0;
  const session: DecoderSession = {
    ...opened,
    step: (parents, tokens, whole) => (steps++, opened.step(parents, tokens, whole)),
  };
  const scorer = await openScorer(
    speech,
    session,
    { ...window, heard: window.positions },
    spoken,
    options.rescoring,
    true,
  );
  const { text } = await decodeWindow(
    { session, model: speech, scorer, shortlist, random: randomNumbers(0), loopRatio: null },
    { ...defaultTranscribeOptions, tags: spoken.tags, temperature: 0, beamSize: Number(values.beam) },
  );
  opened.dispose();
  return { milliseconds: performance.now() - begin, steps, text };
}
