import assert from 'node:assert/strict';
import { EMPTY, from, lastValueFrom, NEVER, of, Subject, throwError, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { z } from 'zod';
import { RecordError } from '../../src/errors.ts';
import { defineOperator, type OperatorContext } from '../../src/operators/define-operator.ts';
import type { AnyRecord, Utterance } from '../../src/records.ts';
import { settle } from '../support/manual-clock.ts';
import { utterance, utterances } from '../support/plans.ts';

const common = { name: 'test', summary: 'Works.', options: z.strictObject({}) } as const;
const each = { ...common, shape: 'each', input: 'utterance', output: 'utterance' } as const;

const later = defineOperator(each, () => async (record) => {
  await settle(3 - (Number(record.id) % 3));
  return record.id === '1' ? undefined : record;
});
const twice = defineOperator({ ...each, shape: 'expand' }, () => ({ id }) => [
  utterance(`${id}a`),
  utterance(`${id}b`),
]);
const pairs = (waitSeconds: number | null = null) =>
  defineOperator({ ...each, shape: 'gather', output: 'batch', waitSeconds: () => waitSeconds }, () => {
    let held: Utterance[] = [];
    const release = () => {
      const records = held;
      held = [];
      return records.length === 0
        ? []
        : [{ record: { kind: 'batch', id: records.map(({ id }) => id).join('+'), records } as const, from: records }];
    };
    return { add: (record) => (held.push(record) === 2 ? release() : []), flush: release };
  });
const delayed = defineOperator({ ...each, shape: 'session' }, () => {
  let last: Utterance[] = [];
  return {
    chunk: (record) => {
      const out = last;
      last = [record];
      return out;
    },
    flush: () => last,
  };
});
const source = defineOperator({ ...each, shape: 'expand', input: null }, () => () => utterances(3));

async function idsOf(
  records: ReturnType<typeof source> | ReturnType<ReturnType<ReturnType<typeof pairs>>>,
): Promise<string[]> {
  const all: AnyRecord[] = await lastValueFrom(from(records as ReturnType<typeof source>).pipe(toArray()));
  return all.map(({ id }) => id);
}

describe('a chain made by hand', () => {
  it('runs all four shapes behind a source, in order', async () => {
    assert.deepEqual(await idsOf(source().pipe(later(), twice(), delayed(), pairs()())), ['0a+0b', '2a+2b']);
  });

  it('takes up any number of records that waited behind a slow one', async () => {
    const count = 20_000;
    let isFirst = true;
    const slowFirst = defineOperator(each, () => (record) => {
      if (!isFirst) return record;
      isFirst = false;
      return settle(1).then(() => record);
    });
    const all = utterances(count);
    const ids = all.map(({ id }) => id);
    assert.deepEqual(await idsOf(from(all).pipe(slowFirst())), ids);
    isFirst = true;
    const expanded = from(all).pipe(slowFirst(), twice(), delayed());
    assert.equal((await idsOf(expanded)).length, 2 * count);
    assert.equal((await idsOf(from(all).pipe(pairs()()))).length, count / 2);
  });

  it('flushes what is left at the end', async () => {
    assert.deepEqual(await idsOf(from(utterances(3)).pipe(pairs()())), ['0+1', '2']);
    assert.deepEqual(await idsOf(from(utterances(3)).pipe(delayed())), ['0', '1', '2']);
  });

  it('completes when nothing comes', async () => {
    for (const operator of [later(), twice(), delayed()]) assert.deepEqual(await idsOf(EMPTY.pipe(operator)), []);
    assert.deepEqual(await idsOf(EMPTY.pipe(pairs()())), []);
  });

  it('gives what a synchronous operator makes of a record at once', () => {
    const ids: string[] = [];
    const records = new Subject<Utterance>();
    records.pipe(twice(), delayed()).subscribe(({ id }) => ids.push(id));
    records.next(utterance('x'));
    assert.deepEqual(ids, ['xa']);
  });

  it('takes joined records as one object', async () => {
    const joins = defineOperator(
      { ...common, shape: 'each', input: { one: 'utterance', other: 'utterance?' }, output: 'utterance' },
      () =>
        ({ one, other }) =>
          other ?? one,
    );
    const [one, other] = utterances(2) as [Utterance, Utterance];
    assert.deepEqual(await idsOf(of({ one }, { one, other }).pipe(joins())), ['0', '1']);
  });

  it('lets go what a gather holds when its time is up, and does not wait for that at the end', () => {
    const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
    scheduler.run(({ cold, expectObservable }) => {
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => utterance(id)) as [
        Utterance,
        Utterance,
        Utterance,
        Utterance,
      ];
      const records = cold('a 999ms b 2499ms c 3499ms d 999ms |', { a, b, c, d });
      const batchOf = (...held: Utterance[]) =>
        ({ kind: 'batch', id: held.map(({ id }) => id).join('+'), records: held }) as const;
      // c comes at 3500 ms and leaves at 6500 ms; d comes at 7000 ms and leaves with the end at 8000 ms.
      expectObservable(records.pipe(pairs(3)())).toBe('1000ms x 5499ms y 1499ms (z|)', {
        x: batchOf(a, b),
        y: batchOf(c),
        z: batchOf(d),
      });
    });
  });

  it('ends with the first error, of the source or of an operator', async () => {
    const broken = new Error('broken');
    await assert.rejects(idsOf(throwError(() => broken).pipe(later())), broken);
    const fault = new RecordError('test', 'no');
    for (const operator of [
      defineOperator(each, () => () => {
        throw fault;
      }),
      defineOperator(each, () => () => Promise.reject(fault)),
      defineOperator({ ...each, shape: 'expand' }, () => () => [fault]),
      defineOperator(each, () => Promise.reject(fault)),
    ]) {
      await assert.rejects(idsOf(from(utterances(2)).pipe(operator())), fault);
    }
  });
});

describe('a subscription', () => {
  const opened = (use: (context: OperatorContext) => void | Promise<void>) =>
    defineOperator(each, async (_, context) => {
      await use(context);
      return (record) => record;
    });

  it('opens the operator anew each time, and only then', async () => {
    let times = 0;
    const operator = opened(() => {
      times += 1;
    })();
    const records = of(utterance('a')).pipe(operator);
    assert.equal(times, 0);
    await idsOf(records);
    await idsOf(records);
    assert.equal(times, 2);
  });

  it('that ends aborts the signal, releases the source and closes what was opened, last first', async () => {
    const events: string[] = [];
    const operator = opened(({ signal, onClose }) => {
      signal.addEventListener('abort', () => events.push('signal'));
      onClose(() => void events.push('first'));
      onClose(async () => {
        await Promise.resolve();
        events.push('last');
      });
    });
    const records = new Subject<Utterance>();
    const subscription = records.pipe(operator()).subscribe();
    await settle();
    assert.equal(records.observed, true);
    subscription.unsubscribe();
    await settle();
    assert.equal(records.observed, false);
    assert.deepEqual(events, ['signal', 'last', 'first']);
  });

  it('that ends while an operator opens closes what it opens afterwards', async () => {
    let closed = false;
    const operator = opened(async ({ onClose }) => {
      await settle(3);
      onClose(() => void (closed = true));
    });
    NEVER.pipe(operator()).subscribe().unsubscribe();
    await settle();
    assert.equal(closed, true);
  });

  it('that ends lets go of an iterator in its midst', async () => {
    let released = false;
    const endless = defineOperator(
      { ...each, shape: 'expand', input: null },
      () =>
        async function* (_, { signal }) {
          try {
            for (;;) {
              yield utterance('a');
              await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
            }
          } finally {
            released = true;
          }
        },
    );
    const subscription = endless().subscribe();
    await settle();
    subscription.unsubscribe();
    await settle();
    assert.equal(released, true);
  });
});
