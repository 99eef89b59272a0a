/**
 * Writes docs/results.md from the tables that `scripts/experiment.sh` leaves in diglot-runs/, and docs/training-results.md
 * from those of `scripts/train-experiment.sh`; a page without tables stays as it is.
 *
 *     npm run results
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { TrainingStep } from '../src/records.ts';
import { resultsPage, type Corpus } from '../src/report/results-page.ts';
import { scoresPath } from '../src/report/run-folder.ts';
import { named, readSystems } from '../src/report/write-report.ts';
import { modelsIn } from '../src/tables/provenance.ts';
import { readMetadata, readRecords } from '../src/tables/reader.ts';

/** Folder in diglot-runs/, what it is, its systems, and which of them the others are compared with. */
type Section = readonly [string, string, (system: string) => boolean, string];

const searched: readonly Section[] = [
  ['cs-tts-dev', 'Synthetic code-switching: cs-tts dev, search alone', searches, 'beam5-detected'],
  ['cs-tts-dev', 'The same as `diglot transcribe` decodes, with fallback', defaults, 'fallback-beam5'],
  ['cs-tts-dev-sample', 'A fifth of cs-tts dev: prompts, language terms, other mixtures', searches, 'internal@0'],
  ['cs-tts-dev-sample', 'What tells the language of the next token', evidence, 'oracle-q-detected'],
  ['cs-tts-dev-sample', 'Told English, whatever is said: the wrong-language guard', told('en'), 'told-en'],
  ['cs-tts-dev-sample', 'Told Mandarin, whatever is said: the wrong-language guard', told('zh'), 'told-zh'],
  ['real-zh-en', 'Real and other code-switched clips', defaults, 'fallback-beam5'],
  ['guard-zh', 'Guard: Mandarin', defaults, 'fallback-beam5'],
  ['guard-en', 'Guard: English', defaults, 'fallback-beam5'],
];

const trained: readonly Section[] = [
  ['adapters-cs-tts-dev', 'Synthetic code-switching: cs-tts dev', every, 'a-untouched'],
  ['adapters-real-zh-en', 'Real and other code-switched clips', every, 'a-untouched'],
  ['adapters-guard-zh', 'Guard: Mandarin', every, 'a-untouched'],
  ['adapters-guard-en', 'Guard: English', every, 'a-untouched'],
];

function every(): boolean {
  return true;
}

function defaults(system: string): boolean {
  return system.startsWith('fallback-');
}

function told(language: string): (system: string) => boolean {
  return (system) => system.startsWith(`told-${language}`);
}

function searches(system: string): boolean {
  return !defaults(system) && !told('')(system) && !evidence(system);
}

function evidence(system: string): boolean {
  return system.startsWith('oracle-q-');
}

const introduction = `# Results

Written by \`npm run results\` from the tables of \`scripts/experiment.sh\`; not by hand. Mixed error rate: a Han character
is a unit, a word of another script is one. Intervals and p: paired bootstrap over utterances, 10,000 resamples. Differences
are in points; below zero is better. *zh alone* and *en alone*: the other language is taken out of both texts first, which
makes them CER and WER. *Crossed*: units substituted by one of the other language. Systems that were told the reference are
ceilings, not systems. *Search alone* is temperature 0 without fallback, where one text that loops can outweigh all
others; what begins with \`fallback\` or \`told\` decodes as \`diglot transcribe\` does. A system of the script that a
table lacks was not run on that corpus. What the names mean stands in
\`pipelines/experiments/\`.`;

const trainedIntroduction = `# Results of training

Written by \`npm run results\` from the tables of \`scripts/train-experiment.sh\`; not by hand. Units, intervals and columns
as in [results.md](results.md). Every system decodes as \`diglot transcribe --language zh,en\` does, fallback and guard and
all. *a* is the untouched model, *b* an adapter on cross-entropy, *c* with the language loss, *d* with the variational loss
as well; *e* is calibrator C, trained on *a* and on *b*: \`calibrated\` measures it, and \`internal\`, \`external\`, \`replace\` and
\`published\` decode with it, at the weight that a sweep over lists of dev chose. Where the sweep chose weight 0 there is no row, for it
would be that of \`single\`. \`mean\` is that of runs with two seeds, \`single\` has one prompt instead of two, \`@0.65\` adds 0.65 of what the
adapter adds. The adapter that comes with diglot, \`zh-en\`, is \`b-lora-mean@0.6\`. Training has read cs-tts train, recorded Mandarin words and English
telephone prompts: no recording of the tables below, and no voice of cs-tts dev; some guards are other words and prompts of
the same two speakers. cs-tts dev chose among the checks of a run ([training.md](training.md)), guards and dev the share.`;

const pages = [
  { path: 'docs/results.md', introduction, sections: searched, command: 'scripts/experiment.sh' },
  {
    path: 'docs/training-results.md',
    introduction: trainedIntroduction,
    sections: trained,
    command: 'scripts/train-experiment.sh',
  },
];

let written = 0;
for (const { path, introduction, sections, command } of pages) {
  const found: Corpus[] = [];
  for (const [name, title, belongs, baseline] of sections) {
    const folder = join('diglot-runs', name);
    if (!existsSync(folder)) continue;
    const systems = (await readSystems(folder)).filter((system) => belongs(system.name));
    if (systems.length === 0) continue;
    found.push({ title, folder, systems, baseline: named(systems, baseline, folder, true)! });
  }
  const [first] = found;
  if (first === undefined) continue;
  const metadata = await readMetadata(scoresPath(first.folder, first.baseline.name));
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const facts = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['machine', `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} processors, ${memory}`],
    ['Node.js', process.version],
    ['commit', commit()],
    ...modelsIn(metadata).map(
      ({ name, sha256, device }) => ['model', `${name}, sha256 ${sha256?.slice(0, 16)}…, on ${device}`] as const,
    ),
    ...(sections === trained ? await runs() : []),
    ['commands', `\`${command} && npm run results\``],
  ] as const;
  const before = existsSync(path) ? await readFile(path, 'utf8') : '';
  const page = resultsPage(introduction, facts, found);
  if (page !== before) await writeFile(path, page);
  process.stdout.write(`${path}\n`);
  written += 1;
}
if (written === 0) throw new Error('diglot-runs/ holds no results; run scripts/experiment.sh first.');

/** What each run of training took and came to. */
async function runs(): Promise<(readonly [string, string])[]> {
  const folder = 'diglot-runs/training';
  if (!existsSync(folder)) return [];
  const told: (readonly [string, string])[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name, 'steps.arrow');
    // What was not trained to its end has no adapter.
    if (!existsSync(path) || !existsSync(join(folder, name, 'adapter'))) continue;
    const steps: TrainingStep[] = [];
    for await (const row of readRecords(path)) steps.push(row as TrainingStep);
    const seconds = steps.map((step) => step.seconds).filter((time) => time > 0);
    const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!;
    const last = steps.findLast(({ check }) => check !== null)?.check;
    const loss = last == null ? '' : `, held-out loss of the tokens ${last.losses.tokens.toFixed(3)}`;
    told.push([`training \`${name}\``, `${seconds.length} steps of ${median.toFixed(2)} s (median)${loss}`]);
  }
  return told;
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src', 'pipelines') === '' ? '' : ' and changes not committed'}`;
}
