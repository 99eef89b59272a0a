/** What every operator owes. An operator that is put into the registry is held to it without a line here. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { EMPTY, lastValueFrom, type Observable, of, type OperatorFunction, throwError, toArray } from 'rxjs';
import { z } from 'zod';
import { UsageError } from '../src/errors.ts';
import type { AnyOperator } from '../src/operators/define-operator.ts';
import { operators } from '../src/operators/registry.ts';
import type { AnyRecord } from '../src/records.ts';
import { folderPerTest } from './support/folder-per-test.ts';
import { settle } from './support/manual-clock.ts';
import { sampleFor } from './support/sample-records.ts';

const FOLDER = 'src/operators';

const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const isOperator = (value: unknown): value is AnyOperator =>
  typeof value === 'function' && 'description' in value && 'behaviour' in value;

/** The operator's side of a chain made by hand, behind a source of records. */
function chain(operator: AnyOperator, options: object, records: Observable<unknown>): Promise<AnyRecord[]> {
  const made = operator(options as never) as Observable<AnyRecord> | OperatorFunction<unknown, AnyRecord>;
  return lastValueFrom((typeof made === 'function' ? records.pipe(made) : made).pipe(toArray()));
}

/** A digest of all that a value holds, every element of its typed arrays included. */
function digest(value: unknown): string {
  const hash = createHash('sha256');
  const walk = (each: unknown): void => {
    if (ArrayBuffer.isView(each)) hash.update(new Uint8Array(each.buffer, each.byteOffset, each.byteLength));
    else if (typeof each === 'object' && each !== null) {
      for (const [key, held] of Object.entries(each)) {
        hash.update(`${key}:`);
        walk(held);
      }
    } else hash.update(`${typeof each} ${String(each)};`);
  };
  walk(value);
  return hash.digest('hex');
}

/** The record itself, or of joined records the first. */
function firstRecord(input: unknown): AnyRecord {
  return 'kind' in (input as object) ? (input as AnyRecord) : (Object.values(input as object)[0] as AnyRecord);
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: unknown;
}

/** Options without a sentence, those inside options included. */
function undescribed({ properties }: JsonSchema, path = ''): string[] {
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => [
    ...(/^\S.*[.?…]$/s.test(schema.description ?? '') || path !== '' ? [] : [`${path}${name}`]),
    ...undescribed(schema, `${path}${name}.`),
  ]);
}

describe('the registry', () => {
  it('lists every operator of its folder, in the order of their names', async () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));
    const found: string[] = [];
    for (const file of files) {
      const exported = Object.values((await import(`../${FOLDER}/${file}`)) as object).filter(isOperator);
      found.push(...exported.map(({ description }) => description.name));
    }
    const listed = operators.map(({ description }) => description.name);
    assert.deepEqual(listed, [...found].sort());
  });
});

for (const operator of operators) {
  const { description } = operator;
  const { name, shape, input, options, holds } = description;

  describe(`the operator ${name}`, function () {
    this.timeout(60_000);
    const folder = folderPerTest();

    it('has one name: of its file, of its export, in pipelines', async () => {
      assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      const file = (await import(`../${FOLDER}/${name}.ts`)) as Record<string, unknown>;
      const exported = file[camelCase(name)];
      assert.ok(isOperator(exported));
      assert.equal(exported.description.name, name);
    });

    it('is described in one sentence, and so is each of its options', () => {
      assert.match(description.summary, /^[A-Z][^.]*\.$/);
      const schema = z.toJSONSchema(options, { io: 'input' }) as JsonSchema;
      assert.deepEqual(undescribed(schema), []);
      assert.equal(schema.additionalProperties, false);
    });

    it('has a default for each option, or asks for it', async () => {
      const sample = await sampleFor(operator, folder());
      const parsed = options.parse(sample.options);
      for (const [option, schema] of Object.entries<z.ZodType>(options.shape)) {
        const isAsked = !schema.safeParse(undefined).success;
        assert.equal(
          isAsked ? option in sample.options : option in parsed || schema.safeParse(undefined).data === undefined,
          true,
          option,
        );
      }
    });

    it('refuses an option that it does not have, under its name', async () => {
      const sample = await sampleFor(operator, folder());
      const wrong = { ...sample.options, 'no-such-option': 1 };
      assert.throws(
        () => operator(wrong as never),
        (error) =>
          error instanceof UsageError &&
          error.message.startsWith(`${name}: `) &&
          error.message.includes('no-such-option'),
      );
    });

    if (shape === 'gather') {
      it('holds at least one record', async () => {
        const sample = await sampleFor(operator, folder());
        assert.ok((holds?.(options.parse(sample.options)) ?? 1) >= 1);
      });
    }

    if (input === null) {
      it('gives records, and comes to its end', async () => {
        const sample = await sampleFor(operator, folder());
        const records = await chain(operator, sample.options, EMPTY);
        assert.ok(records.length > 0);
        for (const record of records) assert.equal(typeof record.id, 'string');
      });
      return;
    }

    it('completes when nothing comes', async () => {
      const sample = await sampleFor(operator, folder());
      const records = await chain(operator, sample.options, EMPTY);
      if (description.sink !== true) assert.deepEqual(records, []);
    });

    it('passes an error of its source on', async () => {
      const sample = await sampleFor(operator, folder());
      const fault = new Error('the source broke');
      await assert.rejects(
        chain(
          operator,
          sample.options,
          throwError(() => fault),
        ),
        fault,
      );
    });

    it('leaves its input as it was, keeps the id, gives the kind that it declares', async () => {
      const sample = await sampleFor(operator, folder());
      const before = digest(sample.input);
      const records = await chain(operator, sample.options, of(sample.input));
      assert.equal(digest(sample.input), before);
      const { output } = description;
      const { id, kind } = firstRecord(sample.input);
      for (const record of records) {
        if (shape === 'each') assert.equal(record.id, id);
        if (output !== 'any') assert.equal(record.kind, output === 'same' ? kind : output);
        assert.equal(
          Object.values(record).some((value) => value instanceof tf.Tensor),
          false,
        );
      }
    });

    it('leaves no tensor behind', async () => {
      const sample = await sampleFor(operator, folder());
      await chain(operator, sample.options, of(sample.input));
      await settle();
      const before = tf.engine().backendName === undefined ? 0 : tf.memory().numTensors;
      await chain(operator, { ...sample.options }, of(sample.input));
      await settle();
      assert.equal(tf.engine().backendName === undefined ? 0 : tf.memory().numTensors, before);
    });
  });
}
