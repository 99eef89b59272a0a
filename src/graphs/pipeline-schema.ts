/**
 * The shape of a pipeline file: the one source of its types, its checks, the JSON Schema for editors and the manual.
 * What an operator takes under `with` is the operator's own schema; what a graph must be is in `check.ts`.
 */
import { z } from 'zod';

/** A node's name. A slash parts the node of a `use` from the node inside. */
export const NODE_ID = /^[a-z][a-z0-9_-]*(\/[a-z][a-z0-9_-]*)*$/;

export const PARAMETER_TYPES = [
  'string',
  'number',
  'integer',
  'boolean',
  'path',
  'string[]',
  'path[]',
  'number[]',
] as const;

const id = z
  .string()
  .regex(NODE_ID, 'expected a name of small letters, digits, - and _ that begins with a letter')
  .meta({ title: 'a node id' });

const reference = z.string().min(1).meta({ title: 'a node id, or "node.errors" or "node.dropped"' });
const references = z.union([reference, z.array(reference).min(1)]).meta({ title: 'a node, or a list of nodes' });
const from = z
  .union([reference, z.array(reference).min(1), z.record(z.string(), references)])
  .meta({ title: 'a node, a list of nodes, or an object that names a node for each port' })
  .describe('Where records come from: a node, several to be merged, or an object {port: node} for named ports.');

const onError = z
  .strictObject({
    action: z
      .enum(['row', 'stop'])
      .describe('row: the record becomes an error row and the run goes on (default). stop: the first one ends the run.')
      .optional(),
    attempts: z
      .int()
      .min(1)
      .max(100)
      .describe('How often a record is tried before it counts as failed. Default 1.')
      .optional(),
    maxRate: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe(
        'Share of records, 0 to 1, that may fail before the run stops (from the 20th record on). Default null: never.',
      )
      .optional(),
  })
  .describe('What to do with a record that fails.');

const options = z.record(z.string(), z.unknown());
const placed = {
  op: z.string().min(1).describe('The operator.').optional(),
  use: z
    .string()
    .min(1)
    .describe('Another pipeline file, relative to this one, included as one node. Instead of op.')
    .optional(),
  from: from.optional(),
  with: options.describe("The operator's options, or the parameters of the included file.").optional(),
  concurrency: z
    .int()
    .min(1)
    .max(1024)
    .describe('How many records are worked on at once; order is kept. Default 1.')
    .optional(),
  onError: onError.optional(),
};

const node = z.strictObject(placed).meta({ title: 'a node, an object with "op" or "use"' });
const step = z
  .union([
    z.string().min(1).meta({ title: 'the name of an operator' }),
    z
      .strictObject({ id: id.describe("The node's name; the operator's where it is left out.").optional(), ...placed })
      .meta({ title: 'a step, an object with "op" or "use"' }),
  ])
  .meta({ title: 'the name of an operator, or an object with "op" or "use"' });

const parameter = z
  .strictObject({
    type: z.enum(PARAMETER_TYPES).describe('What it takes.'),
    describe: z.string().min(1).describe('One sentence, with the unit; the help of the flag.'),
    default: z
      .unknown()
      .describe('Its value where none is given. Without one, keys that refer to it are left out.')
      .optional(),
    required: z.boolean().describe('true: a run without a value is refused.').optional(),
    choices: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .describe('The only values that it may have.')
      .optional(),
    minimum: z.number().describe('The least number allowed.').optional(),
    maximum: z.number().describe('The greatest number allowed.').optional(),
    short: z
      .string()
      .regex(/^[a-zA-Z]$/, 'expected one letter')
      .describe('One letter: the short form of the flag.')
      .optional(),
  })
  .meta({ title: 'a parameter, an object with "type" and "describe"' });

/** Every key of a pipeline file. */
export const pipelineSchema = z.strictObject({
  $schema: z.string().describe('The JSON Schema, for editors; diglot ignores it.').optional(),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'expected letters, digits, - _ and . without spaces')
    .describe("The pipeline's name; the file's where it is left out.")
    .optional(),
  summary: z.string().describe('One sentence for `diglot list` and the help.').optional(),
  params: z
    .record(z.string().regex(/^[a-z][a-zA-Z0-9]*$/, 'expected a camelCase name'), parameter)
    .describe(
      'Typed parameters: "${params.name}" in an option stands for the value; on the command line each is a flag.',
    )
    .optional(),
  plugins: z
    .array(z.string().min(1))
    .describe('Modules, relative to this file, that export operators made by defineOperator.')
    .optional(),
  inFlight: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('How many source records may be unsettled at once; bounds the memory of the run. Default 8.')
    .optional(),
  longestSeconds: z
    .number()
    .positive()
    .describe('The longest recording that you expect, in seconds; only the forecast of memory uses it. Default 30.')
    .optional(),
  onError: onError.optional(),
  input: z
    .string()
    .min(1)
    .describe('For a file that others include: the node, or "node.port", that takes the records of their `from`.')
    .optional(),
  output: z
    .string()
    .min(1)
    .describe('For a file that others include: the node whose records stand for the whole.')
    .optional(),
  nodes: z
    .record(id, node)
    .meta({ title: 'an object of nodes by their ids' })
    .describe('The nodes of the graph by their names.')
    .optional(),
  steps: z
    .array(step)
    .meta({ title: 'a list of steps' })
    .describe('A straight run: each step reads the one before. A step behind a sink reads what the sink read.')
    .optional(),
});

/** A pipeline as a file spells it. */
export type PipelineFile = z.input<typeof pipelineSchema>;

/** For TypeScript pipelines: `export default definePipeline({…})`, or an array of them for a sweep. */
export function definePipeline(pipeline: PipelineFile): PipelineFile {
  return pipeline;
}
