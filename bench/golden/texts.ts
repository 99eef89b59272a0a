/** Mixed error rate of two models on the golden clips with texts: what int8 weights cost. */
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { editDistance } from '../../src/scoring/edit-distance.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import type { ComputePrecision } from '../../src/whisper/weights.ts';
import { firstWindow, goldenOptions, readClips, type GoldenOptions } from './clips.ts';

interface Decoded {
  readonly file: string;
  readonly tag: string;
  readonly reference: string;
  readonly text: string;
  readonly errors: number;
  readonly units: number;
}

/** Beam 5, each tag of `decode.jsonl`, without timestamps; lower case, no punctuation, simplified characters. */
export async function compareTexts({ model, against, precision, audio, files }: GoldenOptions): Promise<unknown> {
  const first = await textsOf(model, 'f32', audio, files);
  const second = await textsOf(against, precision, audio, files);
  const rate = (decoded: readonly Decoded[]): number =>
    (100 * decoded.reduce((sum, { errors }) => sum + errors, 0)) / decoded.reduce((sum, { units }) => sum + units, 0);
  const [ours, theirs] = [rate(first), rate(second)];
  console.log(
    `\nmixed error rate, beam 5, ${first.length} texts and tags\n${model.padEnd(40)} ${ours.toFixed(2)} %\n${`${against} in ${precision}`.padEnd(40)} ${theirs.toFixed(2)} %`,
  );
  console.log(
    `mixed error rate in ${precision} less that of floats, golden clips, points: ${(theirs - ours).toFixed(2)} (asked: at most 0.3)`,
  );
  const differing = first.flatMap((one, i) => (one.text === second[i]!.text ? [] : [{ ...one, other: second[i]! }]));
  console.log(`\ntexts that differ: ${differing.length}`);
  for (const { file, tag, text, errors, units, other } of differing) {
    console.log(`${file} ${tag}, ${errors} and ${other.errors} errors in ${units}\n    ${text}\n    ${other.text}`);
  }
  return { model, against, rate: ours, rateAgainst: theirs, differing };
}

/** `golden` stands for openai-whisper's own texts, with the float weights. */
async function textsOf(
  name: string,
  precision: ComputePrecision,
  audio: string | undefined,
  files: readonly string[],
): Promise<Decoded[]> {
  return name === 'golden' ? goldenTexts(files) : decodeTexts(name, precision, audio, files);
}

async function unitsOfText(): Promise<(text: string) => string[]> {
  const { units } = await profileNamed('canonical');
  return (text) => units(text).map((unit) => unit.text);
}

async function goldenTexts(files: readonly string[]): Promise<Decoded[]> {
  const units = await unitsOfText();
  return (await readClips(files)).flatMap(({ file, text: reference, decode }) =>
    (reference === null ? [] : decode.filter(({ beam }) => beam === 5)).map(({ language: tag, text }) => {
      const wanted = units(reference ?? '');
      return {
        file,
        tag,
        reference: reference ?? '',
        text,
        errors: editDistance(wanted, units(text)),
        units: wanted.length,
      };
    }),
  );
}

async function decodeTexts(
  name: string,
  precision: ComputePrecision,
  audio: string | undefined,
  files: readonly string[],
): Promise<Decoded[]> {
  const { model, release } = await acquireModel(name, { device: 'auto', precision, note: console.error });
  const units = await unitsOfText();
  const decoded: Decoded[] = [];
  for (const { file, text: reference, decode } of await readClips(files)) {
    if (reference === null) continue;
    const mel = await firstWindow(file, audio);
    const states = await model.encode(mel.values, mel.frames);
    const session = await model.openDecoder(states, mel.frames / 2);
    for (const { language: tag } of decode.filter(({ beam }) => beam === 5)) {
      const tools = { session, model, random: randomNumbers(0), loopRatio: null };
      const { text } = await decodeWindow(tools, { ...goldenOptions, tags: [[tag]] });
      decoded.push({
        file,
        tag,
        reference,
        text,
        errors: editDistance(units(reference), units(text)),
        units: units(reference).length,
      });
    }
    session.dispose();
    process.stderr.write(`\r${name}: ${decoded.length} texts `);
  }
  process.stderr.write('\n');
  release();
  return decoded;
}
