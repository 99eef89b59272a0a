/** bench/RESULTS.md, section by section. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { compareRates, rateInterval } from '../src/scoring/bootstrap.ts';
import type { Profile } from '../src/scoring/profiles/profile.ts';
import { errorsOf, ratios, spread, type Measured, type Skipped, type Spread } from './measure.ts';
import type { Clip } from './peers/recogniser.ts';
import { names } from './sides.ts';

/** Instructions that products of matrices are written in. */
const features = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'amx_bf16'];

/** What one part of the bench found, and when and how. Parts that a run does not measure stay as they were. */
export interface Part {
  /** Rows of the table of figures: what, asked, measured. */
  readonly figures: readonly (readonly string[])[];
  /** Its own tables, in markdown. */
  readonly text: string;
  readonly skipped: readonly Skipped[];
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

/** @param command What measured it. */
export function partOf(command: string, found: Pick<Part, 'figures' | 'text' | 'skipped'>): Part {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const changed = execFileSync('git', ['status', '--porcelain', '--', 'src'], { encoding: 'utf8' }) !== '';
  const known = cpuFlags();
  return {
    ...found,
    command,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: `${commit}${changed ? ', with changes in src that are not committed' : ''}`,
    machine: [
      `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} threads, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
      features.filter((feature) => known.has(feature)).join(' ') || 'unknown instructions',
      `Node ${process.version}`,
    ].join('; '),
  };
}

/** The whole page. */
export function page(parts: ReadonlyMap<string, Part>): string {
  const all = [...parts];
  const figures = all.flatMap(([name, part]) => part.figures.map((row) => [...row, name]));
  const runs = all.map(([name, { command, date, commit, machine }]) => [name, `\`${command}\``, date, commit, machine]);
  return [
    '# Results',
    'Written by `bench/main.ts` from `bench/results.json`; do not edit. Sides take turns on the same clips with the same weights (those of the embedded model, exported for each program), after one round to warm up. Beam 5, temperature fallback on (the batched pipeline of faster-whisper has none), no timestamps, no text of earlier windows, language given; the wrong-language guard of diglot is off but where its side says so. Ratios are taken clip by clip and round by round: their median (least to most).',
    table(['part', 'command', 'date (UTC)', 'commit', 'machine'], runs),
    '## Asked and measured',
    table(['figure', 'asked', 'measured', 'part'], figures),
    ...all.map(([, { text }]) => text),
    '## Not measured',
    table(
      ['', 'reason'],
      [...all.flatMap(([, { skipped }]) => skipped.map(({ side, reason }) => [side, reason])), ...neverMeasured],
    ),
  ].join('\n\n');
}

const neverMeasured = [
  [
    'transformers.js',
    'it has no beam search, so there is no equal task; and it runs only the layout of one decoder with a branch that Optimum writes, which diglot does not export',
  ],
];

function cpuFlags(): Set<string> {
  try {
    return new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' '));
  } catch {
    return new Set();
  }
}

/** @param figures Takes the rows that follow from these measurements. */
export function clipsSection(clips: readonly Clip[], measured: readonly Measured[], figures: string[][]): string {
  const found = new Map(measured.map((one) => [one.side, one]));
  const [ours, off, mixture] = [names.full, names.plain, names.mixture].map((name) => found.get(name));
  const against = (what: string, asked: string, side: Measured | undefined, base: Measured | undefined): void => {
    if (side !== undefined && base !== undefined) figures.push([what, asked, formatRatio(ratios(side, base))]);
  };
  against('one clip, int8 with rescoring: times the speed of whisper.cpp f16', '3', found.get(names.whisperCpp), ours);
  against('the same in a fit window', '', found.get(names.whisperCpp), found.get(names.fit));
  against(
    'one clip, int8 with rescoring: times the speed of faster-whisper int8',
    '2',
    found.get(names.fasterInt8),
    ours,
  );
  against('the same in a fit window', '', found.get(names.fasterInt8), found.get(names.fit));
  against('rescoring on, times the time of off', 'at most 1.02', ours, off);
  against('mixture of two prompts, times the time of one', 'at most 1.35', mixture, off);
  against('wrong-language guard on, times the time of off', '', found.get(names.guard), ours);
  const theirStep = found.get(names.whisperCpp)?.stepMilliseconds ?? null;
  const ourStep = ours?.stepMilliseconds ?? null;
  if (theirStep !== null && ourStep !== null) {
    const factor = (theirStep / ourStep).toFixed(2);
    figures.push([
      'decoder step of five rows: times the speed of whisper.cpp f16',
      '1.7',
      `${factor} (${ourStep.toFixed(1)} against ${theirStep.toFixed(1)} ms)`,
    ]);
  }
  const rows = measured.map((one) => [
    one.title,
    ...clips.map((_, index) => (one.seconds[index] === undefined ? '' : formatSeconds(spread(one.seconds[index])))),
    ours === undefined ? '' : formatRatio(ratios(one, ours)),
    one.stepMilliseconds?.toFixed(1) ?? '',
  ]);
  const heads = clips.map(({ id, seconds }) => `${id}, ${seconds.toFixed(1)} s`);
  const said = clips.flatMap(({ id }) => measured.map(({ side, texts }) => [id, side, texts.get(id)?.trim() ?? '']));
  return [
    '## Single clips',
    'Seconds: median (least to most).',
    table(['side', ...heads, `time against ${names.full}`, 'ms a step of five rows'], rows),
    '### What was heard',
    table(['clip', 'side', 'text'], said),
  ].join('\n\n');
}

/** @param figures Takes the rows that follow from these measurements. */
export function corpusSection(
  clips: readonly Clip[],
  measured: readonly Measured[],
  profile: Profile,
  figures: string[][],
): string {
  const found = new Map(measured.map((one) => [one.side, one]));
  const fit = found.get(names.fit);
  const what = `corpus of ${clips.length} utterances, int8, fit windows, together: times the speed of`;
  const compared: [string, string, string, string][] = [
    [`${what} whisper.cpp f16 one by one`, '5', names.whisperCpp, names.fit],
    [`${what} faster-whisper int8, batched, which never falls back`, '2.5', names.fasterBatched, names.fit],
    ['the same, when diglot does not fall back either', '2.5', names.fasterBatched, names.fitFirst],
  ];
  for (const [figure, asked, theirs, own] of compared) {
    const [peer, side] = [found.get(theirs), found.get(own)];
    if (peer !== undefined && side !== undefined) figures.push([figure, asked, formatRatio(ratios(peer, side))]);
  }
  const errors = new Map(measured.map((one) => [one.side, errorsOf(clips, one.texts, profile)]));
  const seconds = clips.reduce((sum, clip) => sum + clip.seconds, 0);
  const rows = measured.map((one) => {
    const time = one.seconds[0]!.reduce((sum, block) => sum + block, 0);
    const { value, low, high } = rateInterval(errors.get(one.side)!);
    return [
      one.title,
      String(one.texts.size),
      time.toFixed(1),
      (seconds / time).toFixed(1),
      fit === undefined ? '' : formatRatio(ratios(one, fit)),
      `${points(value)} (${points(low)} to ${points(high)})`,
    ];
  });
  const head = [
    'side',
    'utterances',
    's for all',
    'times real time',
    `time against ${names.fit}`,
    'mixed error rate, %',
  ];
  return [
    '## Corpus',
    `${clips.length} utterances of cs-tts, 2 to 10 s, ${(seconds / 60).toFixed(1)} minutes, in ${measured[0]?.seconds[0]?.length ?? 0} blocks on each of which the sides take turns. A side that heard fewer took every eighth one; its time is multiplied. Error rates with 95 % intervals, profile canonical.`,
    table(head, rows),
  ].join('\n\n');
}

/**
 * What a shorter window costs in errors.
 * @param figures Takes the row that follows from these measurements.
 */
export function windowsSection(
  clips: readonly Clip[],
  measured: readonly Measured[],
  profile: Profile,
  figures: string[][],
): string {
  const errors = new Map(measured.map((one) => [one.side, errorsOf(clips, one.texts, profile)]));
  const [ofFit, ofFull] = [errors.get(names.fit), errors.get(names.full)];
  if (ofFit !== undefined && ofFull !== undefined) {
    const { value, low, high } = compareRates(ofFit, ofFull);
    figures.push([
      'mixed error rate of fit windows less that of full ones, points',
      'no worse',
      `${points(value)} (95 %: ${points(low)} to ${points(high)})`,
    ]);
  }
  const rows = [...errors].map(([side, counted]) => {
    const { value, low, high } = rateInterval(counted);
    return [side, String(counted.length), `${points(value)} (${points(low)} to ${points(high)})`];
  });
  return [
    '## Fit windows and full ones',
    'The same corpus with fallback on; nothing is timed. Error rates with 95 % intervals, profile canonical.',
    table(['side', 'utterances', 'mixed error rate, %'], rows),
  ].join('\n\n');
}

function points(rate: number | null): string {
  return rate === null ? '' : (100 * rate).toFixed(2);
}

function formatSeconds({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function formatRatio({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
