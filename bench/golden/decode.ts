/** Language probabilities and token-exact decoding of the golden clips. */
import { decodeWindow, type WindowResult } from '../../src/decoding/decode-window.ts';
import { logSumExp } from '../../src/decoding/log-probabilities.ts';
import { promptsOf } from '../../src/decoding/prompt.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { tokenFilters } from '../../src/decoding/token-filters.ts';
import { detectLanguage } from '../../src/language/detect.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { wholeRow } from '../../src/language/token-row.ts';
import type { DecoderSession, SpeechModel } from '../../src/whisper/speech-model.ts';
import { firstWindow, goldenOptions, readClips, share, type GoldenDecoding, type GoldenOptions } from './clips.ts';

interface Case {
  readonly file: string;
  /** Read at 16 kHz: no resampler came between. */
  readonly original: boolean;
  readonly language: string;
  readonly beam: number;
  readonly exact: boolean;
  readonly ours: string;
  readonly golden: string;
  /** Greedy: how much more probable our token was where the two part. Beam: our mean log-probability less the golden's. */
  readonly margin: number;
}

export async function compareDecoding({ model: name, audio, files }: GoldenOptions): Promise<unknown> {
  const { model, release } = await acquireModel(name, { device: 'auto', note: console.error });
  const cases: Case[] = [];
  let worstLanguage = { file: '', difference: 0, original: { file: '', difference: 0 } };
  for (const clip of await readClips(files)) {
    const { original, ...mel } = await firstWindow(clip.file, audio);
    const states = await model.encode(mel.values, mel.frames);
    const positions = mel.frames / 2;
    const heard = new Map(
      (await detectLanguage(model, states, positions)).map((entry) => [entry.language, entry.probability]),
    );
    const difference = Math.max(
      ...clip.language.map(([language, probability]) => Math.abs(heard.get(language)! - probability)),
    );
    if (difference > worstLanguage.difference) worstLanguage = { ...worstLanguage, file: clip.file, difference };
    if (original && difference > worstLanguage.original.difference)
      worstLanguage.original = { file: clip.file, difference };
    const session = await model.openDecoder(states, positions);
    for (const golden of clip.decode) {
      const result = await decodeWindow(
        { session, model, random: randomNumbers(0), loopRatio: null },
        { ...goldenOptions, tags: [[golden.language]], beamSize: golden.beam },
      );
      const exact = result.tokens.join() === golden.tokens.join();
      const margin = exact ? 0 : await marginOf(session, model, result, golden);
      const { file } = clip;
      const { language, beam, text } = golden;
      cases.push({ file, original, language, beam, exact, ours: result.text, golden: text, margin });
    }
    session.dispose();
    process.stderr.write(`\r${cases.length} cases, ${cases.filter(({ exact }) => !exact).length} differ `);
  }
  release();
  process.stderr.write('\n');
  report(cases, worstLanguage);
  return { cases, worstLanguage };
}

async function marginOf(
  session: DecoderSession,
  model: SpeechModel,
  ours: WindowResult,
  golden: GoldenDecoding,
): Promise<number> {
  if (golden.beam > 1) return ours.averageLogProbability - golden.avg_logprob;
  const at = ours.tokens.findIndex((token, i) => token !== golden.tokens[i]);
  const split = at < 0 ? ours.tokens.length : at;
  const options = { ...goldenOptions, tags: [[golden.language]] };
  const prompt = promptsOf(model, options, []).rows[0]!;
  const common = ours.tokens.slice(0, split);
  const [output] = await session.prefill([[...prompt, ...common]], [prompt.length + split - 1]);
  const { endOfText } = model.tokenizer;
  const values = output!.logProbabilities!;
  const row = wholeRow(values, endOfText);
  for (const filter of tokenFilters(model.tokenizer, options)) filter(row, common);
  const normaliser = logSumExp(values);
  const of = (tokens: readonly number[]): number => values[tokens[split] ?? endOfText]! - normaliser;
  return of(ours.tokens) - of(golden.tokens);
}

function report(
  cases: readonly Case[],
  language: { difference: number; file: string; original: { difference: number; file: string } },
): void {
  const row = (name: string, chosen: readonly Case[]): void => {
    const exact = chosen.filter((one) => one.exact);
    const at16k = chosen.filter((one) => one.original);
    const both = share(exact.filter((one) => one.original).length, at16k.length).padEnd(24);
    console.log(`${name.padEnd(10)} ${both} ${share(exact.length, chosen.length)}`);
  };
  console.log(
    '\ntokens as openai-whisper 20250625 (every tag of a clip is a case)\n           at 16 kHz                all',
  );
  row(
    'greedy',
    cases.filter(({ beam }) => beam === 1),
  );
  row(
    'beam 5',
    cases.filter(({ beam }) => beam === 5),
  );
  console.log(
    `\nlargest difference of a language probability: ${language.difference.toExponential(1)} (${language.file}), at 16 kHz ${language.original.difference.toExponential(1)} (${language.original.file})`,
  );
  console.log('\ncases that differ (margin: greedy ln p at the parting, beam mean ln p; ours less golden)');
  for (const { file, language: tag, beam, ours, golden, margin, original } of cases.filter(({ exact }) => !exact)) {
    console.log(
      `${file} ${tag} beam ${beam}${original ? ' 16 kHz' : ''} margin ${margin.toFixed(5)}\n    ours   ${ours}\n    golden ${golden}`,
    );
  }
}
