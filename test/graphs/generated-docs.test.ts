import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describeOperator, optionEntries } from '../../src/graphs/manual.ts';
import { inputSchema, type JsonSchema } from '../../src/graphs/loading/schema-faults.ts';
import { pipelineJsonSchema } from '../../src/graphs/json-schema.ts';
import { operators } from '../../src/operators/registry.ts';
import { generatedDocs } from '../../scripts/generate-docs.ts';
import { toyOperators } from './toy-operators.ts';

describe('generated documents', () => {
  it('are those that `npm run generate` writes now', async () => {
    for (const [path, text] of await generatedDocs()) {
      const kept = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
      assert.equal(kept, text, `${path} is stale; run "npm run generate"`);
    }
  });
});

describe('the manual of an operator', () => {
  it('tells every option with type, default and a sentence', () => {
    for (const operator of operators) {
      for (const { name, type, description } of optionEntries(operator)) {
        const place = `${operator.description.name}.${name}`;
        assert.notEqual(type, '', `${place} has no type that can be told`);
        assert.match(description, /[.…]$/, `${place} is not described by a sentence`);
      }
    }
  });

  it('for a terminal stays within 100 columns where words allow it, and says what must be given', () => {
    const encode = toyOperators.find(({ description }) => description.name === 'encode')!;
    assert.equal(
      describeOperator(encode),
      `encode  log-mel -> encoding
Runs the encoder.

Shape: each (one record in, at most one out)
Options:

  model: text that is not empty (required)
    Folder or name of the model.

  window: an object {"kind": "full"} or an object {"kind": "fit", "slack": a number of at least 0} (default {"kind":"full"})
    How much audio to encode.
`,
    );
  });
});

describe('the JSON Schema for editors', () => {
  const schema = pipelineJsonSchema(toyOperators);
  const node = (schema.properties!['nodes'] as JsonSchema).additionalProperties as JsonSchema;

  it('knows every operator, with its options under "with"', () => {
    const rules = node.allOf as {
      if: { properties: { op: { const: string } } };
      then: { properties: { with: JsonSchema } };
    }[];
    assert.deepEqual(
      rules.map((rule) => rule.if.properties.op.const),
      toyOperators.map(({ description }) => description.name),
    );
    for (const [index, { description }] of toyOperators.entries()) {
      const given = rules[index]!.then.properties.with;
      assert.deepEqual(
        Object.keys(given.properties ?? {}),
        Object.keys(inputSchema(description.options).properties ?? {}),
      );
      assert.equal(given.additionalProperties, false);
    }
  });

  it('lets a parameter stand for a number, and keeps the description where editors look for it', () => {
    const inFlight = schema.properties!['inFlight'] as JsonSchema;
    const [number, parameter] = inFlight.anyOf as JsonSchema[];
    assert.equal(number!.type, 'integer');
    assert.match('${params.records}', new RegExp(parameter!.pattern!));
    assert.match(inFlight.description!, /records/);
  });
});
