/** The work of `diglot score`, from its flags to its exit status. Results go to standard output, all else to standard error. */
import { languageSet } from '../language/language-set.ts';
import { rateInterval } from '../scoring/bootstrap.ts';
import { profileNamed } from '../scoring/profiles/profile-named.ts';
import { summarise } from '../scoring/summary.ts';
import { alignmentBlocks } from './alignment-blocks.ts';
import { compareSystems, outcomes } from './compare-systems.ts';
import { status } from './exit-status.ts';
import { countText, plural } from './figures.ts';
import { paint, paintResult } from './paint.ts';
import { sayUnscored } from './say-unscored.ts';
import { writeScores, writeTrn } from './score-files.ts';
import type { ScoreFlags } from './score-flags.ts';
import { scoreJson } from './score-json.ts';
import { scoreSystems } from './score-systems.ts';
import { comparisonText, scoreTable, speakerTable, type SystemFigures } from './score-table.ts';

const WORST = 10;

/** @returns The exit status. */
export async function runScore(flags: ScoreFlags): Promise<number> {
  const languages = flags.languages.split(',').map((language) => language.trim());
  const profile = await profileNamed(flags.profile, languageSet(languages));
  const { references, systems } = await scoreSystems({
    reference: flags.reference,
    referenceFormat: flags.referenceFormat ?? null,
    hypotheses: flags.hypothesis,
    hypothesisFormat: flags.hypothesisFormat ?? null,
    profile,
    languages,
    switchWindow: flags.switchWindow,
    missing: flags.missing,
  });
  const unscored = sayUnscored(references, systems, flags.missing);
  const options = { resamples: flags.bootstrap, seed: flags.seed, confidence: 0.95 };
  const isDrawn = flags.bootstrap > 0;
  const figures = systems.map(({ scores }): SystemFigures => ({
    summary: summarise(scores),
    interval: isDrawn ? rateInterval(outcomes(scores, flags.by), options) : null,
  }));
  const compared = isDrawn
    ? systems.slice(1).map((system) => compareSystems(systems[0]!, system, flags.by, options))
    : [];

  const print = (lines: readonly string[]): void =>
    void process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (flags.json === true) print([scoreJson(profile, flags, references, systems, figures, compared)]);
  else {
    print([
      `${paintResult.bold(`profile ${profile.name}`)}, ${plural(references.texts.size, 'reference')} in ${flags.reference}`,
      '',
      ...scoreTable(figures, languages),
    ]);
    if (compared.length > 0) {
      const drawn = flags.by === 'speaker' ? 'speakers' : 'utterances';
      print(['', `Paired bootstrap, ${countText(flags.bootstrap)} resamples of ${drawn}:`]);
      print(compared.map((each) => `  ${comparisonText(each, references.texts.size)}`));
    }
    if (flags.by === 'speaker') print(['', ...speakerTable(systems)]);
    if (flags.alignment !== undefined) {
      const count = flags.alignment === true ? WORST : flags.alignment === 0 ? Infinity : flags.alignment;
      for (const { name, scores } of systems)
        print(alignmentBlocks(name, scores, count, process.stdout.columns ?? 120));
    }
  }

  const wrote = flags.perUtterance === undefined ? [] : await writeScores(flags.perUtterance, systems);
  for (const path of wrote) process.stderr.write(paint.dim(`wrote ${path}\n`));
  const checks = flags.trn === undefined ? [] : await writeTrn(flags.trn, systems, profile);
  for (const check of checks) process.stderr.write(paint.dim(`check with ${check}\n`));
  return unscored > 0 ? status.errorRows : status.done;
}
