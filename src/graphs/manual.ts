/** The manual of an operator, made from its description: for the terminal, and as a section of docs/operators.md. */
import type { AnyOperator, Input } from '../operators/define-operator.ts';
import { isPorts } from './checking/record-kinds.ts';
import { describeType, inputSchema, type JsonSchema } from './loading/schema-faults.ts';

/** One option as the manual shows it. */
export interface OptionEntry {
  readonly name: string;
  readonly type: string;
  /** As JSON; null where the option must be given. */
  readonly fallback: string | null;
  readonly description: string;
}

/** The options of an operator in the order of its file. */
export function optionEntries(operator: AnyOperator): OptionEntry[] {
  const schema = inputSchema(operator.description.options);
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const property = value as JsonSchema;
    const fallback = property.default === undefined ? 'left out' : JSON.stringify(property.default);
    return {
      name,
      type: describeType(property),
      fallback: required.has(name) ? null : fallback,
      description: property.description ?? '',
    };
  });
}

/** What an operator takes and gives: `waveform -> log-mel`. */
export function describePorts({ description: { input, output, sink } }: AnyOperator): string {
  const given = output === 'same' ? 'the same records' : output === 'any' ? 'a kind that its options tell' : output;
  return `${describeInput(input)} -> ${sink === true ? `files (${given})` : given}`;
}

function describeInput(input: Input): string {
  if (input === null) return 'nothing (a source)';
  if (input === 'any') return 'any kind';
  if (typeof input === 'string') return input;
  if (!isPorts(input)) return input.join(' or ');
  const ports = Object.entries(input).map(([port, kind]) =>
    kind.endsWith('?') ? `${port}: ${kind.slice(0, -1)} (may be left out)` : `${port}: ${kind}`,
  );
  return `{ ${ports.join(', ')} }`;
}

const SHAPES = {
  each: 'one record in, at most one out',
  expand: 'one record in, many out',
  gather: 'many records in, one or many out',
  session: 'a live stream with state',
} as const;

/** The manual of one operator for a terminal, at most 100 columns wide. */
export function describeOperator(operator: AnyOperator): string {
  const { name, summary, shape } = operator.description;
  const options = optionEntries(operator).flatMap(({ name: option, type, fallback, description }) => [
    '',
    `  ${option}: ${type}${fallback === null ? ' (required)' : ` (default ${fallback})`}`,
    ...wrap(description, 96).map((line) => `    ${line}`),
  ]);
  return [
    `${name}  ${describePorts(operator)}`,
    ...wrap(summary, 100),
    '',
    `Shape: ${shape} (${SHAPES[shape]})`,
    ...(options.length === 0 ? ['Options: none'] : ['Options:', ...options]),
    '',
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** docs/operators.md. */
export function operatorManual(operators: readonly AnyOperator[]): string {
  const sorted = operators.toSorted((a, b) => (a.description.name < b.description.name ? -1 : 1));
  return [
    '# Operators',
    '',
    '<!-- Generated from the operators by `npm run generate`; a test fails when it is stale. -->',
    '',
    'What `diglot describe OPERATOR` prints, for all operators. How they are joined stands in [pipeline-files.md](pipeline-files.md).',
    '',
    '| operator | takes -> gives | what it does |',
    '| --- | --- | --- |',
    ...sorted.map((operator) => {
      const { name, summary } = operator.description;
      return `| [${name}](#${name}) | ${cell(describePorts(operator))} | ${cell(summary)} |`;
    }),
    '',
    ...sorted.flatMap(section),
  ].join('\n');
}

function section(operator: AnyOperator): string[] {
  const { name, summary, shape } = operator.description;
  const options = optionEntries(operator);
  const table = [
    '| option | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...options.map(({ name: option, type, fallback, description }) => {
      const shown = fallback === null ? '**required**' : fallback === 'left out' ? 'left out' : `\`${cell(fallback)}\``;
      return `| \`${option}\` | ${cell(type)} | ${shown} | ${cell(description)} |`;
    }),
  ];
  return [
    `## ${name}`,
    '',
    summary,
    '',
    `- Takes and gives: ${describePorts(operator)}`,
    `- Shape: ${shape} (${SHAPES[shape]})`,
    '',
    ...(options.length === 0 ? ['No options.'] : table),
    '',
  ];
}

/** Text that cannot break out of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');
}
