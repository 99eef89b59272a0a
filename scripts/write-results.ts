/**
 * Writes docs/results.md from the tables that `scripts/experiment.sh` leaves in diglot-runs/.
 *
 *     npm run results
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { resultsPage, type Corpus } from '../src/report/results-page.ts';
import { scoresPath } from '../src/report/run-folder.ts';
import { named, readSystems } from '../src/report/write-report.ts';
import { modelsIn } from '../src/tables/provenance.ts';
import { readMetadata } from '../src/tables/reader.ts';

/** Folder in diglot-runs/, what it is, its systems, and which of them the others are compared with. */
const corpora = [
  ['cs-tts-dev', 'Synthetic code-switching: cs-tts dev, search alone', searches, 'beam5-detected'],
  ['cs-tts-dev', 'The same as `diglot transcribe` decodes, with fallback', defaults, 'fallback-beam5'],
  ['cs-tts-dev-sample', 'A fifth of cs-tts dev: prompts, language terms, other mixtures', searches, 'internal@0'],
  ['cs-tts-dev-sample', 'What tells the language of the next token', evidence, 'oracle-q-detected'],
  ['cs-tts-dev-sample', 'Told English, whatever is said: the wrong-language guard', told('en'), 'told-en'],
  ['cs-tts-dev-sample', 'Told Mandarin, whatever is said: the wrong-language guard', told('zh'), 'told-zh'],
  ['real-zh-en', 'Real and other code-switched clips', defaults, 'fallback-beam5'],
  ['guard-zh', 'Guard: Mandarin', defaults, 'fallback-beam5'],
  ['guard-en', 'Guard: English', defaults, 'fallback-beam5'],
] as const;

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

const found: Corpus[] = [];
for (const [name, title, belongs, baseline] of corpora) {
  const folder = join('diglot-runs', name);
  if (!existsSync(folder)) continue;
  const systems = (await readSystems(folder)).filter((system) => belongs(system.name));
  if (systems.length === 0) continue;
  found.push({ title, folder, systems, baseline: named(systems, baseline, folder, true)! });
}
const [first] = found;
if (first === undefined) throw new Error('diglot-runs/ holds no results; run scripts/experiment.sh first.');
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
  ['commands', '`scripts/experiment.sh && npm run results`'],
] as const;
const path = 'docs/results.md';
const before = existsSync(path) ? await readFile(path, 'utf8') : '';
const page = resultsPage(introduction, facts, found);
if (page !== before) await writeFile(path, page);
process.stdout.write(`${path}\n`);

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src', 'pipelines') === '' ? '' : ' and changes not committed'}`;
}
