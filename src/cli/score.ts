/** `diglot score`: hypotheses held against references, out of files of any common form. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { TextFormat } from '../manifests/texts/read-texts.ts';
import type { Prepared } from './make-command.ts';
import type { ScoreFlags } from './score-flags.ts';
import type { MissingPolicy } from './score-systems.ts';
import { ownSpelling } from './spelling.ts';

const formats = ['kaldi', 'trn', 'stm', 'ctm', 'json', 'csv', 'tsv', 'arrow', 'txt'] satisfies TextFormat[];

/** Short names that are common. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['--ref', '--reference'],
  ['--hyp', '--hypothesis'],
]);

const notes = `
Examples:
  diglot score --reference data/dev/text --hypothesis beam5.trn
  diglot score --reference manifest.jsonl --hypothesis greedy.arrow beam5.arrow   beam5 less greedy, too
  diglot score --ref ref.trn --hyp hyp.trn --profile seame-espnet --by speaker
  diglot score --ref ref.tsv --hyp out.jsonl --alignment 5 | less -R

Files may be Kaldi text or a data folder, trn, stm, ctm, JSON (lines of NeMo, FunASR, WeNet and diglot; a folder
of openai-whisper's results), CSV, TSV, Arrow, or a folder of .txt. Utterances are matched by id or, where no id
is on both sides, by the name of the file. What is on one side only is counted and listed.
Units are Han characters and words; what is folded before is the profile's matter:
PROFILES
Exit status: 0 all scored; 2 a fault of usage; 3 scored, but some lines or utterances could not be.
`;

export async function scoreCommand(args: readonly string[] | null): Promise<Prepared> {
  const command = new Command('score')
    .description('Score hypotheses against references: mixed error rate, by language, near switches.')
    .requiredOption('--reference <path>', 'What was said.')
    .requiredOption('--hypothesis <path...>', 'What was recognised; one for each system, the first is the baseline.')
    .option('-p, --profile <name>', 'Rule by which texts are folded and cut into units.', 'canonical')
    .option('-l, --languages <codes>', 'Languages told apart, by their scripts.', 'zh,en')
    .addOption(
      new Option('--missing <policy>', 'A reference without hypothesis is an error row, all deleted, or left out.')
        .choices(['error', 'empty', 'skip'] satisfies MissingPolicy[])
        .default('error' satisfies MissingPolicy),
    )
    .addOption(new Option('--reference-format <format>', 'Form of the references, whatever the name.').choices(formats))
    .addOption(new Option('--hypothesis-format <format>', 'Form of the hypotheses.').choices(formats))
    .addOption(
      new Option('--by <block>', 'What is drawn whole for the intervals; speakers are also listed.')
        .choices(['utterance', 'speaker'])
        .default('utterance'),
    )
    .addOption(count('--bootstrap <resamples>', 'Resamples behind the intervals; 0 leaves them out.', 10_000))
    .addOption(count('--seed <integer>', 'Seed of the resamples.', 1))
    .addOption(
      count('--switch-window <units>', 'Errors near switches are counted up to so many units from them.', 3).argParser(
        switchWindow,
      ),
    )
    .option('--alignment [count]', 'Show the alignments of the worst utterances, 10 unless told; 0 shows all.', whole)
    .option('--json', 'All figures as one JSON object.')
    .option('--per-utterance <path>', 'Write scores and alignments: FILE.arrow, or a folder for "diglot report".')
    .option('--trn <folder>', 'Write the normalised texts for sclite to check.')
    .action(async (flags: ScoreFlags) => {
      const { runScore } = await import('./run-score.ts');
      process.exitCode = await runScore(flags);
    });
  if (args !== null) {
    const { profileRules } = await import('../scoring/profiles/profile-named.ts');
    const lines = profileRules.map(({ name, summary }) => `  ${name.padEnd(24)} ${summary}\n`);
    command.addHelpText(
      'after',
      notes.replace('PROFILES\n', () => lines.join('')),
    );
  }
  return { command, args: ownSpelling(args ?? [], command, otherNames) };
}

function count(flags: string, description: string, fallback: number): Option {
  return new Option(flags, description).argParser(whole).default(fallback, String(fallback));
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

function switchWindow(text: string): number {
  const value = whole(text);
  if (value < 1 || value > 20) throw new InvalidArgumentError('Write a whole number from 1 to 20.');
  return value;
}
