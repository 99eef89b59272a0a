/** The JSON Schema of pipeline files, for editors: completion of operators and of their options, with descriptions. */
import type { AnyOperator } from '../operators/define-operator.ts';
import { pipelineSchema } from './pipeline-schema.ts';
import { inputSchema, type JsonSchema } from './loading/schema-faults.ts';

/** Stands wherever a value may stand that a parameter can give. */
const PARAMETER: JsonSchema = {
  type: 'string',
  pattern: '^\\$\\{params\\.[a-z][a-zA-Z0-9]*\\}$',
  description: 'The value of a parameter.',
};

/** Keys of a pipeline or node, beside `with`, under which "${params.name}" may stand. */
const OPEN_KEYS: readonly string[] = ['inFlight', 'longestSeconds', 'concurrency', 'onError'];

/** The whole schema; an unknown `op` is allowed, as it may come from a plugin. */
export function pipelineJsonSchema(operators: readonly AnyOperator[]): JsonSchema {
  const sorted = operators.toSorted((a, b) => (a.description.name < b.description.name ? -1 : 1));
  const schema = withParameters(inputSchema(pipelineSchema));
  const { properties = {} } = schema;
  const nodes = properties['nodes'] as JsonSchema;
  const steps = properties['steps'] as JsonSchema;
  const names = sorted.map(({ description: { name, summary } }) => ({ const: name, description: summary }));
  const place = (node: JsonSchema): JsonSchema => placedNode(node, names, sorted);
  const step = steps.items as JsonSchema;
  const [text, object] = step.anyOf as [JsonSchema, JsonSchema];
  const plain = { anyOf: [...names, text] };
  return {
    ...schema,
    title: 'diglot pipeline',
    properties: {
      ...properties,
      nodes: { ...nodes, additionalProperties: place(nodes.additionalProperties as JsonSchema) },
      steps: { ...steps, items: { ...step, anyOf: [plain, place(object)] } },
    },
  };
}

/** A node whose `with` follows from its `op`. */
function placedNode(node: JsonSchema, names: readonly JsonSchema[], operators: readonly AnyOperator[]): JsonSchema {
  const op = node.properties!['op'] as JsonSchema;
  return {
    ...node,
    properties: { ...node.properties, op: { ...op, anyOf: [...names, { type: 'string' }] } },
    allOf: operators.map(({ description }) => ({
      if: { properties: { op: { const: description.name } }, required: ['op'] },
      then: { properties: { with: optionsSchema(inputSchema(description.options)) } },
    })),
  };
}

/** `required` is left to `diglot check`: it would complain while the user is still writing. */
function optionsSchema({ $schema: _dialect, required: _required, ...options }: JsonSchema): JsonSchema {
  return { ...options, properties: mapValues(options.properties, orParameter) };
}

function withParameters(schema: JsonSchema): JsonSchema {
  const properties = mapValues(schema.properties, (value, key) =>
    OPEN_KEYS.includes(key) ? orParameter(value) : withParameters(value),
  );
  const forks = schema.anyOf;
  const { additionalProperties: more, items } = schema;
  return {
    ...schema,
    ...(schema.properties ? { properties } : {}),
    ...(forks ? { anyOf: forks.map(withParameters) } : {}),
    ...(typeof more === 'object' ? { additionalProperties: withParameters(more) } : {}),
    ...(typeof items === 'object' && !Array.isArray(items) ? { items: withParameters(items) } : {}),
  };
}

/** The description and default stay outside, where editors show them. */
function orParameter(schema: JsonSchema): JsonSchema {
  if (schema.type === 'string' && schema.enum === undefined && schema.const === undefined) return schema;
  const { description, default: fallback, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [rest, PARAMETER],
  };
}

function mapValues(
  properties: JsonSchema['properties'],
  map: (value: JsonSchema, key: string) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([key, value]) => [key, map(value as JsonSchema, key)]),
  );
}
