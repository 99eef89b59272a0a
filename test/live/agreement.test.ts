import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignAtt, localAgreement, type Candidate } from '../../src/live/agreement.ts';

const at = (keys: string, from = 0): Candidate[] => [...keys].map((key, i) => ({ key, end: from + i + 1 }));

describe('local agreement', () => {
  it('calls final what two texts begin with alike', () => {
    const policy = localAgreement({ texts: 2, margin: 0 });
    assert.equal(policy.hear(at('abx'), 100), 0);
    assert.equal(policy.hear(at('abcd'), 100), 2);
    // Behind the two that are final now, the last text went on with "cd".
    assert.equal(policy.hear(at('cde', 2), 100), 2);
    assert.equal(policy.hear(at('zde', 4), 100), 0);
  });

  it('waits for as many texts as it is told', () => {
    const policy = localAgreement({ texts: 3, margin: 0 });
    assert.deepEqual([policy.hear(at('ab'), 9), policy.hear(at('ab'), 9), policy.hear(at('abc'), 9)], [0, 0, 2]);
  });

  it('calls nothing final that was said a moment ago', () => {
    const policy = localAgreement({ texts: 2, margin: 0.5 });
    policy.hear(at('abc'), 3);
    assert.equal(policy.hear(at('abc'), 3), 2);
  });

  it('forgets the utterance before', () => {
    const policy = localAgreement({ texts: 2, margin: 0 });
    policy.hear(at('ab'), 9);
    policy.reset();
    assert.equal(policy.hear(at('ab'), 9), 0);
  });

  it('has said, at any time, a beginning that the last n texts share (model)', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }), { maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 4 }), (given, n) => {
        const policy = localAgreement({ texts: n, margin: 0 });
        let said = '';
        const whole: string[] = [];
        for (const tail of given) {
          whole.push(said + tail);
          said += tail.slice(0, policy.hear(at(tail), 100));
          const last = whole.slice(-n);
          if (whole.length >= n) assert.ok(last.every((text) => text.startsWith(said)));
          else assert.equal(said, '');
        }
      }),
    );
  });
});

describe('AlignAtt', () => {
  it('calls final what was heard well before the end, up to the first word that was not', () => {
    const policy = alignAtt(0.5);
    assert.equal(policy.hear(at('abc'), 2.6), 2);
    assert.equal(policy.hear(at('abc'), 9), 3);
    const back = [...at('ab'), { key: 'c', end: 8.9 }, { key: 'd', end: 4 }];
    assert.equal(policy.hear(back, 9), 2);
  });
});
