/**
 * Compares decoding with openai-whisper's results in ../shared/golden.
 *
 *     npx tsx bench/golden.ts [--model ../shared/models/whisper-base] [--part decode,long,texts] [--against MODEL]
 *                             [--precision f32] [--audio FOLDER] [--files PART,PART] [--json FILE]
 *
 * `decode`: language probabilities, greedy and beam-5 tokens of every clip and tag. `long`: segments and word times.
 * `texts`: mixed error rate of --model and --against on the clips with texts, and the clips on which they differ;
 * --against golden takes openai-whisper's own texts, --precision is what --against computes in.
 * --files takes the clips whose names hold one of these. --audio reads 16 kHz WAVs of the same names (resampled by FFmpeg, as the golden ones were) in place of our resampler.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareDecoding } from './golden/decode.ts';
import { compareTexts } from './golden/texts.ts';
import { compareLong } from './golden/long.ts';
import type { ComputePrecision } from '../src/whisper/weights.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '../shared/models/whisper-base' },
    against: { type: 'string', default: 'whisper-base-int8' },
    precision: { type: 'string', default: 'f32' },
    part: { type: 'string', default: 'decode,long,texts' },
    audio: { type: 'string' },
    files: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const parts = { decode: compareDecoding, long: compareLong, texts: compareTexts };
const results: Record<string, unknown> = {};
for (const part of values.part.split(',')) {
  const compare = parts[part as keyof typeof parts];
  if (compare === undefined) throw new Error(`--part ${part}: it is decode, long or texts.`);
  results[part] = await compare({
    ...values,
    precision: values.precision as ComputePrecision,
    files: values.files.split(','),
  });
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
