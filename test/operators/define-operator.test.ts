import assert from 'node:assert/strict';
import { z } from 'zod';
import { UsageError } from '../../src/errors.ts';
import { defineOperator } from '../../src/operators/define-operator.ts';
import type { Hypothesis, Utterance, Waveform } from '../../src/records.ts';

const common = { name: 'test', summary: 'Works.' } as const;
const options = z.strictObject({ factor: z.number().min(1).default(2).describe('Times.') });

describe('an operator', () => {
  it('refuses wrong and unknown options at once, all of them, under its name', () => {
    const operator = defineOperator(
      { ...common, shape: 'each', input: 'waveform', output: 'same', options },
      () => (wave) => wave,
    );
    const wrong = { factor: 0, faktor: 3 } as { factor: number };
    assert.throws(
      () => operator(wrong),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, 'options');
        assert.match(error.message, /^test: .*factor: .*>=1.*faktor/);
        return true;
      },
    );
  });

  it('carries its description and behaviour', () => {
    const operator = defineOperator(
      { ...common, shape: 'each', input: 'any', output: 'same', options },
      () => (record) => record,
    );
    assert.equal(operator.description.name, 'test');
    assert.equal(typeof operator.behaviour, 'function');
  });

  // The compiler is the test: each `@ts-expect-error` fails the type check when the line under it is accepted.
  it('is typed by its description', () => {
    const wave = { ...common, shape: 'each', input: 'waveform', options } as const;
    defineOperator({ ...wave, output: 'same' }, ({ factor }) => (record) => {
      const rate: number = record.sampleRate * factor;
      // @ts-expect-error: a waveform has no text
      const text: unknown = record.text;
      return text === rate ? undefined : record;
    });
    const utterance = { kind: 'utterance', id: 'a' } as Utterance;
    // @ts-expect-error: an utterance is no waveform
    defineOperator({ ...wave, output: 'same' }, () => () => utterance);
    // @ts-expect-error: there is no such kind
    defineOperator({ ...wave, output: 'wave' }, () => () => undefined);
    defineOperator({ ...wave, output: 'same' }, (given) => {
      // @ts-expect-error: there is no such option
      assert.equal(given.faktor, undefined);
      return () => undefined;
    });
    // @ts-expect-error: an `each` is no gather
    defineOperator({ ...wave, output: 'same' }, () => ({ add: () => [], flush: () => [] }));

    const ports = { text: 'hypothesis', audio: 'waveform?' } as const;
    defineOperator(
      { ...common, shape: 'each', input: ports, output: 'hypothesis', options },
      () =>
        ({ text, audio }) => {
          const hypothesis: Hypothesis = text;
          const waveform: Waveform | undefined = audio;
          // @ts-expect-error: an optional port may be missing
          const certain: Waveform = audio;
          return certain === waveform ? undefined : hypothesis;
        },
    );
    const several = ['utterance', 'waveform'] as const;
    const operator = defineOperator(
      { ...common, shape: 'each', input: several, output: 'utterance', options },
      () => (record) => {
        const either: Utterance | Waveform = record;
        return either.kind === 'utterance' ? either : undefined;
      },
    );
    // @ts-expect-error: the factor is a number
    assert.throws(() => operator({ factor: 'two' }));
    const source = defineOperator(
      { ...common, shape: 'expand', input: null, output: 'utterance', options },
      () => () => [],
    );
    // @ts-expect-error: a source is an Observable, not an operator
    assert.throws(() => source()(source()));
  });
});
