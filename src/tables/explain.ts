/** How a table came to be, in words: what `diglot explain` prints. */
import { stat } from 'node:fs/promises';
import { DataType, type Field, type Schema } from 'apache-arrow';
import { UsageError } from '../errors.ts';
import { arrowFiles } from './arrow-files.ts';
import { typeName } from './columns/column.ts';
import { readMessages } from './message-stream.ts';
import { KIND, modelsIn, NODE_VERSION, OVERRIDES, PACKAGES, PIPELINE, PIPELINE_NAME, VERSION } from './provenance.ts';

/**
 * @param path A file, or a folder of parts, which have one origin.
 * @returns Lines of plain text: kind, rows, versions, models, overrides, pipeline, columns.
 * @throws UsageError `arrow-file` when a file cannot be read or is not whole, `arrow-kind` when diglot did not write it.
 */
export async function explainArrow(path: string): Promise<string> {
  const [file, ...others] = await arrowFiles(path);
  const { schema, ...amount } = await measure(file);
  const { metadata } = schema;
  const strangers: string[] = [];
  for (const other of others) {
    const part = await measure(other);
    amount.rows += part.rows;
    amount.batches += part.batches;
    amount.bytes += part.bytes;
    if (!sameFacts(metadata, part.schema.metadata)) strangers.push(other);
  }
  const facts = [
    ['file', path],
    ['kind', metadata.get(KIND)],
    ['rows', amountText(amount, others.length + 1)],
    ...strangers.map((stranger) => ['but', `${stranger} came to be otherwise; explain it alone`]),
    ['written by', writer(metadata)],
    ['packages', packages(metadata)],
    ...modelsIn(metadata).map(({ name, sha256, device }) => [
      'model',
      [name, sha256 === null ? '' : `sha256 ${sha256}`, device === null ? '' : `on ${device}`]
        .filter(Boolean)
        .join(', '),
    ]),
    ['pipeline', metadata.get(PIPELINE_NAME) ?? 'none: written by a program'],
    ['overrides', overrides(metadata)],
  ];
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(12)}${value}`.trimEnd());
  const pipeline = metadata.get(PIPELINE);
  if (pipeline !== undefined)
    lines.push('', 'pipeline, after parameters, includes and overrides:', indented(pretty(pipeline)));
  lines.push('', 'columns:', ...schema.fields.flatMap((field) => columnLines(field, '  ')));
  return `${printable(lines.join('\n'))}\n`;
}

interface Amount {
  rows: number;
  batches: number;
  bytes: number;
}

async function measure(path: string): Promise<Amount & { readonly schema: Schema }> {
  let schema: Schema | undefined;
  const amount: Amount = { rows: 0, batches: 0, bytes: (await stat(path)).size };
  for await (const message of readMessages(path)) {
    schema ??= message.schema ?? undefined;
    amount.rows += message.rows;
    if (message.type === 'batch') amount.batches += 1;
  }
  if (schema?.metadata.get(KIND) === undefined) {
    throw new UsageError(
      'arrow-kind',
      `${path} does not say how it came to be; only Arrow files that diglot wrote do.`,
    );
  }
  return { schema, ...amount };
}

function amountText({ rows, batches, bytes }: Amount, files: number): string {
  const parts = files === 1 ? '' : `${files} parts, `;
  return `${rows} in ${parts}${batches} ${batches === 1 ? 'batch' : 'batches'}, ${bytes} bytes`;
}

function sameFacts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** Without the control characters by which a file's metadata could command a terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not be printed
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu, '?');
}

function writer(metadata: ReadonlyMap<string, string>): string {
  return `diglot ${metadata.get(VERSION) ?? 'of unknown version'}, Node.js ${metadata.get(NODE_VERSION) ?? 'of unknown version'}`;
}

function packages(metadata: ReadonlyMap<string, string>): string {
  const versions = parsed(metadata.get(PACKAGES));
  if (typeof versions !== 'object' || versions === null) return 'unknown';
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${String(version)}`)
    .join(', ');
}

function overrides(metadata: ReadonlyMap<string, string>): string {
  const given = parsed(metadata.get(OVERRIDES));
  return Array.isArray(given) && given.length > 0 ? given.join(', ') : 'none';
}

/** Undefined for what is not JSON: the metadata of a file is not to be trusted. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function pretty(text: string): string {
  const value = parsed(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

function indented(text: string): string {
  return text.replace(/^/gmu, '  ');
}

/** `avg_logprob  Float64`; the fields of an object, or of a list of objects, stand under it. */
function columnLines({ name, type, nullable }: Field, indent: string): string[] {
  const fields = structFields(DataType.isList(type) ? (type.valueType as DataType) : (type as DataType));
  const shown = fields.length === 0 ? typeName(type as DataType) : DataType.isList(type) ? 'List<Struct>' : 'Struct';
  const line = `${indent}${name.padEnd(Math.max(1, 26 - indent.length))} ${shown}${nullable ? ', may be null' : ''}`;
  return [line, ...fields.flatMap((field) => columnLines(field, `${indent}  `))];
}

function structFields(type: DataType): readonly Field[] {
  return DataType.isStruct(type) ? type.children : [];
}
