/** The page of a training run, from the rows of its steps. */
import type { HeldOutCheck, HeldOutText, TrainingLosses, TrainingStep } from '../records.ts';
import type { ModelProvenance } from '../tables/provenance.ts';
import { calibrationOf } from '../scoring/calibration.ts';
import { documentOf } from './document.ts';
import { table } from './figure.ts';
import { html, type Markup } from './html.ts';
import { section } from './language-sections.ts';
import { counted, grouped, nat, percent } from './numbers.ts';
import { reliabilityChart } from './reliability-chart.ts';
import { stepChart, type StepLine } from './step-chart.ts';

export interface TrainingReport {
  readonly title: string;
  readonly rows: readonly TrainingStep[];
  readonly models: readonly ModelProvenance[];
  readonly version: string;
}

/** Share of the newest step in the line that smooths the loss. */
const NEWEST = 0.1;
/** Texts that are shown, at most. */
const MOST_TEXTS = 60;

interface Checked {
  readonly name: string;
  readonly step: number;
  readonly check: HeldOutCheck;
}

const partNames: readonly (readonly [part: keyof TrainingLosses, name: string])[] = [
  ['tokens', 'tokens'],
  ['language', 'language'],
  ['replacement', 'replaced score'],
  ['variational', 'variational'],
  ['base', 'distance from the base'],
];

export function trainingPage({ title, rows, models, version }: TrainingReport): string {
  const steps = rows.filter(({ utterances }) => utterances.length > 0);
  const checks = rows.flatMap(({ id, step, check }): Checked[] =>
    check === null ? [] : [{ name: id === 'result' ? 'what was saved' : `step ${step}`, step, check }],
  );
  return documentOf(title, introduction(steps, checks), [
    ['loss', 'Loss', steps.length === 0 ? null : section('loss', 'Loss', charts(steps, checks))],
    ['checks', 'Checks', checks.length === 0 ? null : section('checks', 'Held-out utterances', checkTable(checks))],
    ['calibration', 'Calibration', calibrationSection(checks)],
    ['texts', 'Texts', textsSection(checks)],
    ['origin', 'Origin', originSection(models, version)],
  ]);
}

function introduction(steps: readonly TrainingStep[], checks: readonly Checked[]): Markup {
  const sum = (of: (step: TrainingStep) => number): number => steps.reduce((total, each) => total + of(each), 0);
  const seconds = sum((step) => step.seconds);
  const median = [...steps].map((step) => step.seconds).sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const best = checks.findLast(({ check, name }) => check.isBest && name !== 'what was saved');
  return html`<p>
    ${counted(steps.length, 'step')} with
    ${counted(
      sum(({ utterances }) => utterances.length),
      'utterance',
    )}
    and ${grouped(sum(({ tokens }) => tokens))} tokens in ${grouped(Math.round(seconds))} s; a step takes
    ${median.toFixed(2)} s at the median.${best === undefined ? '' : ` The best check: ${best.name}.`}
  </p>`;
}

function charts(steps: readonly TrainingStep[], checks: readonly Checked[]): Markup {
  const line = (name: string, of: (step: TrainingStep) => number): StepLine => ({
    name,
    points: steps.map((step) => ({ step: step.step, value: of(step) })),
    dots: false,
  });
  let smoothed: number | null = null;
  const smooth = line('loss of a batch, smoothed', ({ losses: { total } }) => {
    smoothed = smoothed === null ? total : (1 - NEWEST) * smoothed + NEWEST * total;
    return smoothed;
  });
  const onChecks = (name: string, of: (check: HeldOutCheck) => number | null): StepLine => ({
    name,
    points: checks.flatMap(({ step, check, name: at }) => {
      const value = at === 'what was saved' ? null : of(check);
      return value === null ? [] : [{ step, value }];
    }),
    dots: true,
  });
  const three = (value: number): string => String(Number(value.toPrecision(3)));
  const parts = partNames.filter(([part]) => steps.some(({ losses }) => losses[part] !== 0));
  const heldOut = onChecks('held-out', ({ losses }) => losses.total);
  const errors = onChecks('held-out', ({ errors: wrong, units }) => (units === 0 ? null : wrong / units));
  const percents = (value: number): string => String(Number((100 * value).toPrecision(3)));
  const drawn = [
    stepChart('Loss', 'loss, nat', heldOut.points.length === 0 ? [smooth] : [smooth, heldOut], three),
    parts.length < 2
      ? null
      : stepChart(
          'Its parts, not weighted',
          'nat',
          parts.map(([part, name]) => line(name, ({ losses }) => losses[part])),
          three,
        ),
    stepChart('Learning rate', 'thousandths', [line('learning rate', (step) => 1000 * step.learningRate)], three),
    stepChart('Norm of the gradient', 'norm', [line('norm before clipping', (step) => step.gradientNorm)], three),
    errors.points.length === 0 ? null : stepChart('Mixed error rate', 'mixed error rate, %', [errors], percents),
  ];
  return html`<div class="charts">${drawn}</div>`;
}

function checkTable(checks: readonly Checked[]): Markup {
  const rows = checks.map(({ name, check: { losses, errors, units, forced, isBest } }) => {
    const [tokens, a, q] = [forced.tokens, forced.internal.calibration, forced.external.calibration].map(calibrationOf);
    return [
      `${name}${isBest && name !== 'what was saved' ? ' *' : ''}`,
      nat(losses.total),
      units === 0 ? '–' : percent(errors / units),
      nat(tokens!.negativeLogLikelihood),
      percent(tokens!.accuracy),
      nat(a!.negativeLogLikelihood),
      percent(a!.expectedCalibrationError),
      nat(q!.negativeLogLikelihood),
      percent(q!.expectedCalibrationError),
    ];
  });
  const columns = [
    'check',
    'loss, nat',
    'mixed error rate',
    'tokens: −log p',
    'tokens right',
    'language: −log a',
    'ECE of a',
    'language: −log q',
    'ECE of q',
  ];
  return html`<p class="note">
      * no check before did better. Tokens and languages are those of the references, teacher-forced; a is what the
      model itself gives the language of a token, q what its calibrator gives.
    </p>
    ${table('Checks', columns, rows)}`;
}

function calibrationSection(checks: readonly Checked[]): Markup | null {
  const [first, last] = [checks[0], checks.at(-1)];
  const shown = first === undefined || first === last ? [last] : [first, last];
  const drawn = shown.flatMap((each) =>
    each === undefined
      ? []
      : [
          reliabilityChart(`${each.name}: tokens`, each.check.forced.tokens),
          reliabilityChart(`${each.name}: language, internal (a)`, each.check.forced.internal.calibration),
          reliabilityChart(`${each.name}: language, external (q)`, each.check.forced.external.calibration),
        ],
  );
  const charts = drawn.filter((chart) => chart !== null);
  if (charts.length === 0) return null;
  const note = html`<p class="note">
    A dot is a bin of decisions, as large as there are many. On the dotted line, what is held for 80 % sure is right in
    80 of 100 cases.
  </p>`;
  return section(
    'calibration',
    'Calibration',
    html`${note}
      <div class="charts">${charts}</div>`,
  );
}

/** The texts that training changed, those whose errors changed most first. */
function textsSection(checks: readonly Checked[]): Markup | null {
  const [first, last] = [checks[0], checks.at(-1)];
  if (first === undefined || last === undefined || first === last || last.check.texts.length === 0) return null;
  const before = new Map(first.check.texts.map((each) => [each.id, each]));
  const changed = last.check.texts
    .flatMap((after): (readonly [HeldOutText, HeldOutText])[] => {
      const was = before.get(after.id);
      return was === undefined || was.text === after.text ? [] : [[was, after]];
    })
    .sort(([a, b], [c, d]) => Math.abs(c.errors - d.errors) - Math.abs(a.errors - b.errors));
  const rows = changed.slice(0, MOST_TEXTS).map(
    ([was, now]) =>
      html`<article class="utterance" aria-label="${was.id}">
        <h3>${was.id}</h3>
        <p class="note">
          ${counted(was.errors, 'error')} before, ${now.errors} after, of ${counted(was.units, 'unit')}
        </p>
        <p>${was.reference}</p>
        <p class="note">before: ${was.text}</p>
        <p class="note">after: ${now.text}</p>
      </article> `,
  );
  const worse = changed.filter(([was, now]) => now.errors > was.errors).length;
  const better = changed.filter(([was, now]) => now.errors < was.errors).length;
  return section(
    'texts',
    'Texts that changed',
    html`<p class="note">
        ${first.name} against ${last.name}: ${grouped(better)} better, ${grouped(worse)} worse,
        ${grouped(changed.length - better - worse)} otherwise; ${grouped(last.check.texts.length - changed.length)} as
        they were.
      </p>
      ${rows}`,
  );
}

function originSection(models: readonly ModelProvenance[], version: string): Markup {
  const lines = models.map(({ name, sha256 }) => html`<li>${name}: sha256 <code>${sha256 ?? 'unknown'}</code></li>`);
  return section(
    'origin',
    'How it came to be',
    html`<p>
        Written by diglot ${version}. <code>diglot explain</code> tells of the table of steps with which pipeline and
        options it was made.
      </p>
      <ul>
        ${lines}
      </ul>`,
  );
}
