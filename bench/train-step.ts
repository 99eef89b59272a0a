/**
 * A training step against PyTorch's: LoRA (rank 16 on q, k, v and the output of every attention) on the embedded Whisper
 * base, label-smoothed cross-entropy, gradients, clipping and AdamW, for a batch of utterances of random sound and tokens.
 * Both take turns on the same arrays and the same weights, on as many threads. Then PEFT loads the adapter that diglot saved.
 *
 *     npx tsx bench/train-step.ts [--python python3] [--precision int8] [--batch 8] [--seconds 5] [--slack 2] [--tokens 26] [--rounds 5]
 *
 * Python needs torch, transformers, peft and safetensors; without --python diglot alone is measured.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { languageSet } from '../src/language/language-set.ts';
import { randomNumbers } from '../src/random-numbers.ts';
import { openTrainer } from '../src/training/open-trainer.ts';
import { trainerOptions } from '../src/training/trainer-options.ts';
import type { TrainingUtterance } from '../src/training/trainer.ts';
import { exportModel } from '../src/whisper/export.ts';
import { findModel } from '../src/whisper/find-model.ts';
import { writeSafetensors } from '../src/whisper/safetensors.ts';

const { values: given } = parseArgs({
  options: {
    python: { type: 'string' },
    precision: { type: 'string', default: 'int8' },
    batch: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '5' },
    slack: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '26' },
    rounds: { type: 'string', default: '5' },
  },
});
const count = Number(given.batch);
const duration = Number(given.seconds);
const frames = 100 * (duration + Number(given.slack));
const rounds = Number(given.rounds);
const bands = 80;
const prompt = [50258, 50260, 50359, 50363];
const endOfText = 50257;
const folder = await mkdtemp(join(tmpdir(), 'diglot-train-'));

const random = randomNumbers(1);
const batch = Array.from({ length: count }, (_, index): TrainingUtterance => {
  const text = Array.from({ length: Number(given.tokens) }, () => Math.floor(random() * endOfText));
  const tokens = Int32Array.from([...prompt, ...text, endOfText]);
  const logMel = Float32Array.from({ length: bands * frames }, () => random() - 0.5);
  const classes = new Uint8Array(tokens.length);
  return { id: `u${index}`, logMel, frames, duration, tokens, promptLength: prompt.length, classes };
});

const options = trainerOptions.parse({
  precision: given.precision,
  warmUp: 0,
  schedule: 'constant',
  atOnce: count,
});
const { model, rank, alpha, learningRate } = options;
const trainer = await openTrainer(options, { set: languageSet(), note: console.log });
const begun = performance.now();
const first = await trainer.train(batch);
const compiled = (performance.now() - begun) / 1000;
console.log(
  `${options.precision}, batch ${count}, ${frames / 100} s of log-mel, ${prompt.length + Number(given.tokens) + 1} tokens, ${availableParallelism()} threads; first step with its compilation ${compiled.toFixed(1)} s`,
);

interface Answer {
  readonly title: string;
  readonly seconds: number;
  readonly loss: number;
  readonly norm: number;
  readonly peak: number;
  readonly logProbabilities: readonly number[];
}
type Ask = (question?: object) => Promise<Answer>;

/** Gives what a program in Python answers, line by line. */
async function openPeer(python: string): Promise<{ readonly ask: Ask; readonly end: () => void }> {
  const exported = join(folder, 'model');
  await exportModel({ from: await findModel(model), to: exported, format: 'safetensors', precision: 'f32' });
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array) =>
    Promise.resolve(new Uint8Array(buffer, byteOffset, byteLength));
  const mels = Float32Array.from(batch.flatMap(({ logMel }) => [...logMel]));
  const tokens = Int32Array.from(batch.flatMap((one) => [...one.tokens]));
  const data = join(folder, 'data.safetensors');
  await writeSafetensors(data, [
    { name: 'logMel', format: 'F32', shape: [count, bands, frames], read: () => bytes(mels) },
    { name: 'tokens', format: 'I32', shape: [count, tokens.length / count], read: () => bytes(tokens) },
    { name: 'promptLength', format: 'I32', shape: [1], read: () => bytes(Int32Array.of(prompt.length)) },
  ]);
  const program = fileURLToPath(new URL('peers/train_step.py', import.meta.url));
  const targets = String.raw`.*\.(q|k|v|out)_proj`;
  const child = spawn(python, [program, exported, data, ...[rank, alpha, targets, learningRate].map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (question) => {
      if (question !== undefined) child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error('Python ended; its reason stands above.');
      return JSON.parse(value ?? '') as Answer;
    },
    end: () => child.stdin.end(),
  };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const told = (title: string, seconds: readonly number[], kilobytes: number) =>
  console.log(
    `${title}: ${(1000 * median(seconds)).toFixed(0)} ms a step (least ${(1000 * Math.min(...seconds)).toFixed(0)}), peak memory ${(kilobytes / 1e6).toFixed(2)} GB`,
  );

const ours: number[] = [];
const theirs: number[] = [];
const peer = given.python === undefined ? null : await openPeer(given.python);
try {
  const title = peer === null ? '' : (await peer.ask()).title;
  const peerFirst = peer === null ? null : await peer.ask({ do: 'step' });
  let [last, peerLast] = [first, peerFirst];
  for (let round = 0; round < rounds; round++) {
    last = await trainer.train(batch);
    ours.push(last.seconds);
    if (peer === null) continue;
    peerLast = await peer.ask({ do: 'step' });
    theirs.push(peerLast.seconds);
  }
  told('diglot', ours, process.resourceUsage().maxRSS);
  if (peer !== null && peerFirst !== null && peerLast !== null) {
    told(title, theirs, peerLast.peak);
    console.log(`${(median(theirs) / median(ours)).toFixed(2)} times faster`);
    console.log(
      `first step: loss ${first.losses.total.toFixed(5)} and ${peerFirst.loss.toFixed(5)}, norm of the gradient ${first.gradientNorm.toFixed(4)} and ${peerFirst.norm.toFixed(4)} (A begins otherwise)`,
    );
    const path = join(folder, 'adapter');
    await trainer.save(path);
    const { logProbabilities } = await peer.ask({ do: 'adapter', path });
    // In floats, as PEFT computes.
    const checked = await openTrainer({ ...options, precision: 'f32', startFrom: path }, { set: languageSet() });
    const said = (await checked.evaluate(batch)).utterances.flatMap((one) => [...one.logProbabilities]);
    await checked.dispose();
    const differences = said.map((value, i) => Math.abs(value - logProbabilities[i]!));
    console.log(
      `the adapter after ${trainer.step()} steps, loaded by PEFT: log-probabilities of ${said.length} tokens differ by ${Math.max(...differences).toExponential(1)} at most`,
    );
  }
} finally {
  peer?.end();
  await trainer.dispose();
  await rm(folder, { recursive: true, force: true });
}
