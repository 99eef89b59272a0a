import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { filter } from '../../src/operators/filter.ts';
import type { AnyRecord, Utterance } from '../../src/records.ts';
import { utterance } from '../support/plans.ts';

type Options = Parameters<typeof filter>[0];

async function kept(records: readonly AnyRecord[], options: Options): Promise<string[]> {
  return (await lastValueFrom(from(records).pipe(filter(options), toArray()))).map(({ id }) => id);
}

const with_ = (id: string, fields: Partial<Utterance>): Utterance => ({ ...utterance(id), ...fields });

describe('filter', () => {
  it('keeps everything when nothing is asked', async () => {
    assert.deepEqual(await kept([utterance('a'), utterance('b', null)], {}), ['a', 'b']);
  });

  it('keeps lengths from minSeconds to maxSeconds, both included', async () => {
    const records = [1, 2, 3, 4].map((seconds) => utterance(String(seconds), seconds));
    assert.deepEqual(await kept(records, { minSeconds: 2, maxSeconds: 3 }), ['2', '3']);
  });

  it('refuses to judge a length that nobody knows', async () => {
    await assert.rejects(
      kept([utterance('a', null)], { minSeconds: 1 }),
      (error) => error instanceof RecordError && error.code === 'unknown-duration',
    );
  });

  it('keeps the languages, speakers and references that are asked for; what is not known is none of them', async () => {
    const records = [
      with_('zh', { language: 'zh', speaker: 'a', reference: '你好' }),
      with_('mixed', { language: 'zh-en', speaker: 'b', reference: ' \n' }),
      with_('unknown', {}),
    ];
    assert.deepEqual(await kept(records, { languages: ['zh-en', 'en'] }), ['mixed']);
    assert.deepEqual(await kept(records, { speakers: ['a'] }), ['zh']);
    assert.deepEqual(await kept(records, { reference: 'present' }), ['zh']);
    assert.deepEqual(await kept(records, { reference: 'absent' }), ['mixed', 'unknown']);
  });

  it('reads what later records keep of their utterance, and the most probable language of a posterior', async () => {
    const origin = { path: 'a.wav', start: 0, duration: 2, reference: 'hello', speaker: 'a', piece: null };
    const posterior = (id: string, languages: string[]): AnyRecord => ({
      kind: 'language-posterior',
      id,
      origin,
      languages,
      probabilities: [0.9, 0.1],
    });
    const records = [posterior('zh', ['zh', 'en']), posterior('en', ['en', 'zh'])];
    assert.deepEqual(await kept(records, { languages: ['en'] }), ['en']);
    assert.deepEqual(await kept(records, { speakers: ['a'], reference: 'present', maxSeconds: 2 }), ['zh', 'en']);
  });

  it('knows ids by name and by pattern; exceptIds wins', async () => {
    const records = ['talk-1', 'talk-2', 'talk-10', 'chat-1', 'a.b', 'axb'].map((id) => utterance(id));
    assert.deepEqual(await kept(records, { ids: ['talk-?', 'chat-1'] }), ['talk-1', 'talk-2', 'chat-1']);
    assert.deepEqual(await kept(records, { ids: ['*-1*'] }), ['talk-1', 'talk-10', 'chat-1']);
    assert.deepEqual(await kept(records, { ids: ['a.b'] }), ['a.b']);
    assert.deepEqual(await kept(records, { ids: ['*.b'] }), ['a.b']);
    assert.deepEqual(await kept(records, { ids: ['talk-*'], exceptIds: ['*-2'] }), ['talk-1', 'talk-10']);
  });

  it('matches patterns as a search over all ways to divide an id does', () => {
    const matches = ([first, ...rest]: readonly string[], id: readonly string[]): boolean => {
      if (first === undefined) return id.length === 0;
      if (first === '*') return matches(rest, id) || (id.length > 0 && matches([first, ...rest], id.slice(1)));
      return id.length > 0 && (first === '?' || first === id[0]) && matches(rest, id.slice(1));
    };
    const unit = fc.constantFrom('a', 'b', '*', '?', '界');
    return fc.assert(
      fc.asyncProperty(
        fc.array(unit, { maxLength: 7 }),
        fc.array(fc.constantFrom('a', 'b', '界'), { maxLength: 8 }),
        async (pattern, id) => {
          fc.pre(pattern.length > 0 && pattern.some((each) => each === '*' || each === '?'));
          const ids = await kept([utterance(id.join(''))], { ids: [pattern.join('')] });
          assert.equal(ids.length === 1, matches(pattern, id));
        },
      ),
    );
  });

  it('is not slowed down by a pattern of many stars', async () => {
    const id = 'a'.repeat(5000);
    assert.deepEqual(await kept([utterance(id)], { ids: [`${'*a'.repeat(200)}*b`] }), []);
  });

  it('keeps the share that is asked for, the same whatever comes beside it, and more in a larger one', async () => {
    const records = Array.from({ length: 4000 }, (_, index) => utterance(`utterance-${index}`));
    const tenth = await kept(records, { share: 0.1 });
    // 400 expected; 6 standard deviations of a binomial are 114.
    assert.ok(Math.abs(tenth.length - 400) < 114, `${tenth.length}`);
    assert.deepEqual(
      await kept(
        records.filter((_, index) => index % 3 === 0),
        { share: 0.1 },
      ),
      tenth.filter((id) => Number(id.slice(10)) % 3 === 0),
    );
    const fifth = new Set(await kept(records, { share: 0.2 }));
    assert.ok(tenth.every((id) => fifth.has(id)));
    const other = await kept(records, { share: 0.1, seed: 1 });
    const common = other.filter((id) => tenth.includes(id)).length;
    assert.ok(common < 100, `${common} of about 40 expected by chance`);
    assert.deepEqual(await kept(records, { share: 0 }), []);
  });

  it('refuses bounds that keep nothing', () => {
    assert.throws(
      () => filter({ minSeconds: 3, maxSeconds: 2 }),
      (error) => error instanceof UsageError && /maxSeconds/.test(error.message),
    );
  });
});
