import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import { encode } from '../../src/operators/encode.ts';
import { forceReference } from '../../src/operators/force-reference.ts';
import { logMel } from '../../src/operators/log-mel.ts';
import { readAudio } from '../../src/operators/read-audio.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import { resample } from '../../src/operators/resample.ts';
import { score } from '../../src/operators/score.ts';
import { scoreReference } from '../../src/operators/score-reference.ts';
import type { Encoding, Hypothesis, LanguagePosterior, TokenScore } from '../../src/records.ts';
import { summarise } from '../../src/scoring/summary.ts';
import { hypothesisOf } from '../support/scored.ts';

const reference = 'Yesterday was 星期一, today is Tuesday, 明天是星期三。';

describe('score-reference', function () {
  this.timeout(300_000);
  let encoding: Encoding;
  before(async () => {
    encoding = await lastValueFrom(
      readManifest({ paths: ['fixtures/audio/cs_yesterday_zh_en.wav'] }).pipe(
        readAudio(),
        resample(),
        logMel(),
        encode({ window: 'fit', offline: true }),
      ),
    );
  });

  const heardAs = (text: string, said: string | null = reference): Hypothesis =>
    hypothesisOf(text, { id: encoding.id, language: 'zh', origin: { ...encoding.origin, reference: said } });
  const forced = (hypothesis: Hypothesis, options: Parameters<typeof scoreReference>[0] = {}): Promise<Hypothesis> =>
    lastValueFrom(of({ hypothesis, encoding }).pipe(scoreReference({ offline: true, ...options })));
  const sum = (scores: readonly TokenScore[]): number => scores.reduce((total, { score }) => total + score, 0);

  it('adds a score and a choice for every token of the reference, and leaves the rest as it was', async () => {
    const before = heardAs('anything');
    const { forced: found, ...hypothesis } = await forced(before);
    assert.deepEqual(hypothesis, before);
    const characters = found!.scores.reduce((total, each) => total + each.characters, 0);
    // A space is put in front, as Whisper writes it.
    assert.equal(characters, [...` ${reference}`].length);
    assert.equal(found!.choices.length, found!.scores.length);
    found!.scores.forEach(({ score }, at) => assert.ok(score <= found!.choices[at]!.score + 1e-9));
    assert.ok(found!.scores.every(({ external }) => external === null));
  });

  it('makes the choices that force-reference writes down', async () => {
    const posterior: LanguagePosterior = {
      kind: 'language-posterior',
      id: encoding.id,
      origin: encoding.origin,
      languages: ['zh'],
      probabilities: [1],
    };
    const given = { ...encoding, origin: { ...encoding.origin, reference } };
    const written = await lastValueFrom(
      of({ encoding: given, language: posterior }).pipe(forceReference({ offline: true })),
    );
    const { choices } = (await forced(heardAs(''))).forced!;
    assert.deepEqual(
      choices.map(({ token }) => token),
      written.segments[0]!.tokens,
    );
  });

  it('finds what was said more probable than what was not', async () => {
    const other = reference.replace('Tuesday', 'Thursday').replace('明天', '昨天');
    const [right, wrong] = [await forced(heardAs('')), await forced(heardAs('', other))];
    assert.ok(sum(right.forced!.scores) > sum(wrong.forced!.scores) + 2);
  });

  it('brings the figures of a and q on the same decisions into the score, with any calibrator', async () => {
    const hypothesis = await forced(heardAs('yesterday'), { calibrator: 'acoustic' });
    const { forced: figures } = summarise([await lastValueFrom(of({ hypothesis }).pipe(score()))]);
    const { scores } = hypothesis.forced!;
    const decided = scores.filter(({ characters, language }) => characters > 0 && language !== 'other');
    for (const { decisions, accuracy } of [figures.internal, figures.external]) {
      assert.equal(decisions, decided.length);
      assert.ok(accuracy! > 0.7, `${accuracy}`);
    }
    const shares = decided.map(({ external, language }) => {
      const [zh, en] = external as [number, number];
      return (language === 'zh' ? zh : en) / (zh + en);
    });
    const likelihood = -shares.reduce((total, share) => total + Math.log(share), 0) / decided.length;
    assert.ok(Math.abs(figures.external.negativeLogLikelihood! - likelihood) < 1e-9);
  });

  it('runs the prompts of all languages where the system did, and mixes them', async () => {
    const mixed = await forced(heardAs(''), { languagePrompt: 'mixture', calibrator: 'detected' });
    const single = await forced(heardAs(''));
    assert.equal(mixed.forced!.scores.length, single.forced!.scores.length);
    assert.notEqual(sum(mixed.forced!.scores), sum(single.forced!.scores));
  });

  it('passes on as it is what has no reference of its own', async () => {
    const piece = { recording: 'talk', index: 0, count: 2 };
    const whole = heardAs('x');
    for (const hypothesis of [
      heardAs('x', null),
      heardAs('x', ' '),
      { ...whole, origin: { ...whole.origin, piece } },
    ]) {
      assert.equal(await forced(hypothesis), hypothesis);
    }
  });
});
