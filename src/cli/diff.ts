/** `diglot diff A B`: which rows of two tables differ, and how the texts do. */
import { Command, InvalidArgumentError } from 'commander';
import type { AlignedUnit, AnyRecord, Hypothesis } from '../records.ts';
import { alignedLines } from './aligned-lines.ts';
import { status } from './exit-status.ts';
import { countText, plural } from './figures.ts';
import type { Prepared } from './make-command.ts';
import { paintResult } from './paint.ts';

const notes = `
Rows meet by id, in whatever file and order they stand. Of hypotheses the texts are aligned, A over B, and the mean
log-probability of their tokens is told; of other rows the fields that differ are named.
Exit status: 0 the same rows; 1 not the same; 2 a fault of usage.
`;

export function diffCommand(args: readonly string[] | null): Prepared {
  const command = new Command('diff')
    .description('Compare two tables row by row.')
    .argument('<a>', 'An Arrow file that diglot wrote, or a folder of them.')
    .argument('<b>', 'Another.')
    .option('--quiet', 'Say nothing; the exit status tells.')
    .option('--limit <rows>', 'Rows that are shown, at most.', count, 20)
    .addHelpText('after', notes)
    .action(async (a: string, b: string, { quiet, limit }: { quiet?: boolean; limit: number }) => {
      const { diffTables, rowsNamed } = await import('../tables/diff-tables.ts');
      const { rows, same, changed, onlyFirst, onlySecond } = await diffTables(a, b);
      const differing = changed.length + onlyFirst.length + onlySecond.length;
      process.exitCode = differing === 0 ? status.done : status.failed;
      if (quiet === true) return;
      const say = (line: string): void => void process.stdout.write(`${line}\n`);
      const shown = new Set(changed.slice(0, limit));
      const [first, second] = [await rowsNamed(a, shown), await rowsNamed(b, shown)];
      for (const key of shown) for (const line of await changeLines(key, first.get(key)!, second.get(key)!)) say(line);
      for (const [keys, path, paint] of [
        [onlyFirst, a, paintResult.red],
        [onlySecond, b, paintResult.green],
      ] as const) {
        for (const key of keys.slice(0, limit)) say(paint(`${key} is only in ${path}`));
      }
      const counts = [`${countText(same)} same`, `${countText(changed.length)} changed`];
      counts.push(`${countText(onlyFirst.length)} only in ${a}`, `${countText(onlySecond.length)} only in ${b}`);
      say(`${plural(rows[0], 'row')} and ${countText(rows[1])}: ${counts.join(', ')}`);
    });
  return { command, args: args ?? [] };
}

/** What became of one row: a heading, and the alignment of its texts where they differ. */
async function changeLines(key: string, first: AnyRecord, second: AnyRecord): Promise<string[]> {
  const { differingFields } = await import('../tables/diff-tables.ts');
  const fields = [
    ...new Set(differingFields(first, second).map((field) => field.replace(/^(segments|nBest)\..*/, '$1'))),
  ];
  if (first.kind !== 'hypothesis' || second.kind !== 'hypothesis') {
    return [`${paintResult.bold(key)}  ${paintResult.dim(fields.join(', '))}`];
  }
  const means = [first, second].map(meanLogProbability);
  const sure = means.every((mean) => mean !== null)
    ? `, mean log-probability ${means.map((mean) => mean?.toFixed(4)).join(' → ')}`
    : '';
  if (first.text === second.text)
    return [`${paintResult.bold(key)}  ${paintResult.dim(`the same text${sure}; ${fields.join(', ')}`)}`];
  const alignment = await aligned(first.text, second.text);
  const edits = alignment.filter(({ operation }) => operation !== 'hit').length;
  return [
    `${paintResult.bold(key)}  ${paintResult.dim(`${plural(edits, 'unit')} of ${alignment.length}${sure}`)}`,
    ...alignedLines(alignment, process.stdout.columns ?? 100, ['A', 'B', ' ']),
  ];
}

function meanLogProbability({ segments }: Hypothesis): number | null {
  const tokens = segments.flatMap(({ tokenScores }) => tokenScores);
  if (tokens.length === 0) return null;
  return tokens.reduce((sum, { logProbability }) => sum + logProbability, 0) / tokens.length;
}

/** Unit by unit, as they are written: a Han character, or a word with the marks on it. */
async function aligned(first: string, second: string): Promise<AlignedUnit[]> {
  const [{ align }, { hanAndWords }, { unitLanguage }, { languageSet }] = await Promise.all([
    import('../scoring/align.ts'),
    import('../scoring/profiles/han-units.ts'),
    import('../scoring/profiles/unit-language.ts'),
    import('../language/language-set.ts'),
  ]);
  const languageOf = unitLanguage(languageSet());
  const units = (text: string) => hanAndWords(text).map((unit) => ({ text: unit, language: languageOf(unit) }));
  const [from, to] = [units(first), units(second)];
  const nothing = { distanceToSwitch: null, start: null, end: null, confidence: null, internal: null, external: null };
  return align(from, to).map(({ operation, reference, hypothesis }) => {
    const before = reference === null ? null : (from[reference] ?? null);
    const behind = hypothesis === null ? null : (to[hypothesis] ?? null);
    return {
      operation,
      reference: before?.text ?? null,
      hypothesis: behind?.text ?? null,
      referenceLanguage: before?.language ?? null,
      hypothesisLanguage: behind?.language ?? null,
      ...nothing,
    };
  });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Expected a number of rows.');
  return value;
}
