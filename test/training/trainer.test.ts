import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../src/errors.ts';
import { readCalibrator } from '../../src/language/calibrators/calibrator-file.ts';
import { trainedCalibrator } from '../../src/language/calibrators/trained.ts';
import type { TrainerOptions } from '../../src/training/trainer-options.ts';
import type { Trainer, TrainingUtterance } from '../../src/training/trainer.ts';
import { adapterFiles, readAdapter } from '../../src/whisper/adapter-file.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { keepBackend } from '../support/devices.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openTinyTrainer, tinySet, tinyUtterance, writeLearnableModel } from '../support/training.ts';

const batch = Array.from({ length: 6 }, (_, index) => tinyUtterance(index));

describe('a trainer', function () {
  this.timeout(120_000);
  keepBackend();
  const place = temporaryFolder();
  const folder = () => place;
  let model: string;
  before(async () => (model = await writeLearnableModel(join(folder(), 'tiny'))));

  const using = async <T>(options: Partial<TrainerOptions>, work: (trainer: Trainer) => Promise<T>): Promise<T> => {
    const trainer = await openTinyTrainer(model, options);
    try {
      return await work(trainer);
    } finally {
      await trainer.dispose();
    }
  };
  /** sha256 of all that a checkpoint holds. */
  const stateOf = async (trainer: Trainer): Promise<string> => {
    const path = join(folder(), `state-${Math.random()}`);
    await trainer.writeCheckpoint(path);
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  };
  const train = async (trainer: Trainer, steps: number, of: readonly TrainingUtterance[] = batch) => {
    for (let step = 0; step < steps; step++) await trainer.train(of);
  };

  it('learns a task that can be learnt, which it cannot where the sound says nothing', async () => {
    const after = (of: readonly TrainingUtterance[], frames: readonly TrainingUtterance[]) =>
      using(
        { rank: 8, learningRate: 0.03, steps: 150, targets: 'fc|_proj', labelSmoothing: 0, maxRise: 9 },
        async (trainer) => {
          await train(trainer, 150, of);
          return (await trainer.evaluate(frames)).losses.tokens;
        },
      );
    const held = Array.from({ length: 6 }, (_, index) => tinyUtterance(index + 6));
    const learnt = await after(batch, held);
    const sound = batch[0]!.logMel;
    const deaf = (of: readonly TrainingUtterance[]) =>
      of.map((one) => ({ ...one, logMel: sound, frames: batch[0]!.frames, duration: batch[0]!.duration }));
    const guessed = await after(deaf(batch), deaf(held));
    assert.ok(learnt < 1, `${learnt}`);
    assert.ok(guessed > learnt + 0.5, `${guessed} without sound, ${learnt} with it`);
  });

  for (const precision of ['f32', 'int8'] as const) {
    it(`begins as the base is in ${precision}: the adapter adds nothing, bit for bit`, async () => {
      const losses = await using({ precision }, (trainer) => trainer.evaluate(batch));
      const bare = await using({ precision, rank: 0, calibrator: 'acoustic' }, (trainer) => trainer.evaluate(batch));
      losses.utterances.forEach(({ logProbabilities, internal }, index) => {
        assert.deepEqual(logProbabilities, bare.utterances[index]!.logProbabilities);
        assert.deepEqual(internal, bare.utterances[index]!.internal);
      });
    });
  }

  it('descends nearly the same in 8 bits as in floats', async () => {
    const trained = (precision: 'f32' | 'int8') =>
      using({ precision, maxRise: 9 }, async (trainer) => {
        const first = await trainer.train(batch);
        await train(trainer, 59);
        return { first, last: (await trainer.evaluate(batch)).losses.tokens };
      });
    const [floats, bytes] = [await trained('f32'), await trained('int8')];
    assert.notEqual(bytes.first.gradientNorm, floats.first.gradientNorm);
    assert.ok(Math.abs(bytes.first.gradientNorm / floats.first.gradientNorm - 1) < 0.05);
    const descended = floats.first.losses.tokens - floats.last;
    assert.ok(descended > 0.5, `${descended}`);
    assert.ok(Math.abs(bytes.last - floats.last) < 0.1 * descended, `${bytes.last} and ${floats.last}`);
  });

  it('says of tokens what the model that transcribes says, with the adapter merged, to 1e-5', async () => {
    const saved = join(folder(), 'adapter');
    const ours = await using({ learningRate: 0.03 }, async (trainer) => {
      await train(trainer, 10);
      await trainer.save(saved);
      return trainer.evaluate(batch.slice(0, 1));
    });
    const before = await using({}, (trainer) => trainer.evaluate(batch.slice(0, 1)));
    const { model: adapted, release } = await acquireModel(model, {
      device: 'auto',
      adapter: [saved],
      cacheFolder: folder(),
    });
    const { logMel, frames, tokens, promptLength } = batch[0]!;
    const states = await adapted.encode(logMel, frames);
    const { logProbabilities } = await adapted.align(states, frames / 2, [...tokens]);
    release();
    const found = ours.utterances[0]!.logProbabilities;
    const differences = (theirs: ArrayLike<number>) =>
      Math.max(...found.map((value, i) => Math.abs(value - theirs[i]!)));
    assert.ok(differences(logProbabilities.subarray(promptLength - 1)) < 1e-5);
    assert.ok(differences(before.utterances[0]!.logProbabilities) > 0.1, 'training changed something');
    assert.match(adapted.facts.name, / \+ .*adapter$/);
  });

  it('starts from a saved adapter, or a share of it, and refuses one of another form', async () => {
    const saved = join(folder(), 'begun');
    const evaluation = async (startFrom: string, steps = 0) =>
      using({ startFrom, learningRate: 0.03, warmUp: 0 }, async (trainer) => {
        await train(trainer, steps);
        return (await trainer.evaluate(batch)).losses.tokens;
      });
    const first = await using({ learningRate: 0.03 }, async (trainer) => {
      await train(trainer, 10);
      await trainer.save(saved);
      await trainer.save(join(folder(), 'half-adapter'), 0.5);
      return (await trainer.evaluate(batch)).losses.tokens;
    });
    const base = await using({}, async (trainer) => (await trainer.evaluate(batch)).losses.tokens);
    assert.ok(base - first > 0.1, `${base} and ${first}`);
    assert.ok(Math.abs((await evaluation(saved)) - first) < 1e-6);
    assert.equal(await evaluation(`${saved}@0.5`), await evaluation(join(folder(), 'half-adapter')));
    assert.ok(Math.abs((await evaluation(`${saved}@0`)) - base) < 1e-6);
    assert.ok((await evaluation(saved, 10)) < first, 'training goes on');
    for (const other of [{ rank: 2 }, { alpha: 1 }, { targets: 'fc' }])
      await assert.rejects(
        openTinyTrainer(model, { startFrom: saved, ...other }),
        (error: UsageError) => error.code === 'adapter' && /make them the same/.test(error.message),
      );
  });

  it('steps down the gradient of the whole batch in however many parts it is computed', async () => {
    // All of one length: padding is silence that is heard, and differs between the parts.
    const same = batch.map((one) => ({ ...one, logMel: batch[0]!.logMel, frames: batch[0]!.frames }));
    const step = (atOnce: number) =>
      using({ atOnce, calibrator: 'acoustic', languageWeight: 1 }, (trainer) => trainer.train(same));
    const [one, three] = [await step(8), await step(2)];
    assert.ok(Math.abs(one.losses.total - three.losses.total) < 1e-5);
    assert.ok(Math.abs(one.gradientNorm / three.gradientNorm - 1) < 1e-4);
  });

  it('goes on from a checkpoint to the same bytes, with all noise in it', async () => {
    const options: Partial<TrainerOptions> = {
      dropout: 0.2,
      variationalWeight: 0.01,
      calibrator: 'acoustic',
      languageWeight: 0.5,
      seed: 7,
    };
    const straight = await using(options, async (trainer) => {
      await train(trainer, 6);
      return stateOf(trainer);
    });
    const path = join(folder(), 'half');
    await using(options, async (trainer) => {
      await train(trainer, 3);
      await trainer.writeCheckpoint(path, { at: 'utterance 18' });
      await train(trainer, 1);
    });
    const resumed = await using(options, async (trainer) => {
      assert.deepEqual(await trainer.restore(path), { at: 'utterance 18' });
      assert.equal(trainer.step(), 3);
      await train(trainer, 3);
      return stateOf(trainer);
    });
    assert.equal(resumed, straight);
    const other = await using({ ...options, seed: 8 }, async (trainer) => {
      await assert.rejects(trainer.restore(path), (error: UsageError) => /seed was 7 and is 8/.test(error.message));
      await train(trainer, 6);
      return stateOf(trainer);
    });
    assert.notEqual(other, straight);
  });

  it('stops where the loss is no number, or rises, and names step, utterances and checkpoint; weights stay', async () => {
    await using({ maxRise: 0.5 }, async (trainer) => {
      await train(trainer, 2);
      const path = join(folder(), 'good');
      await trainer.writeCheckpoint(path);
      const state = await stateOf(trainer);
      const good = batch[1]!;
      const broken = { ...good, id: 'broken', logMel: good.logMel.map(() => NaN) };
      await assert.rejects(trainer.train([batch[0]!, broken]), (error: UsageError) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /step 3 has the loss NaN.*u0, broken/);
        return true;
      });
      assert.equal(await stateOf(trainer), state);
    });
    await using({ learningRate: 30, warmUp: 0, schedule: 'constant', clip: 1e9, maxRise: 0.5 }, async (trainer) => {
      const path = join(folder(), 'first');
      await trainer.writeCheckpoint(path);
      await assert.rejects(train(trainer, 60), (error: UsageError) => {
        assert.match(error.message, /above its best|has the loss/);
        return error.message.includes(path);
      });
    });
  });

  for (const kind of ['acoustic', 'decoder-state', 'cross-attention'] as const) {
    it(`trains a calibrator that decoding reads as training does: ${kind}`, async () => {
      const saved = join(folder(), kind);
      const { first, last, temperature, theirs } = await using(
        {
          rank: 0,
          calibrator: kind,
          languageWeight: 1,
          tokenWeight: 0,
          learningRate: kind === 'acoustic' ? 0.05 : 0.01,
          steps: 80,
        },
        async (trainer) => {
          const before = await trainer.evaluate(batch);
          await train(trainer, 80);
          const temperature = await trainer.fitTemperature([batch]);
          await trainer.save(saved);
          // Alone, since silence that lengthens it for others is heard too.
          const [alone] = (await trainer.evaluate([batch[1]!])).utterances;
          return { first: before, last: await trainer.evaluate(batch), temperature, theirs: alone!.external! };
        },
      );
      assert.ok(
        last.losses.language < 0.6 * first.losses.language,
        `${first.losses.language} to ${last.losses.language}`,
      );

      const { model: speech, release } = await acquireModel(model, { device: 'auto', cacheFolder: folder() });
      const path = join(saved, 'calibrator.safetensors');
      const file = await readCalibrator(path, speech.facts);
      assert.ok(Math.abs(file.header.temperature - temperature) < 1e-9);
      const calibrator = trainedCalibrator(file, tinySet);
      const { logMel, frames, duration, tokens, promptLength } = batch[1]!;
      const states = await speech.encode(logMel, frames);
      const heard = Math.ceil(duration * 50);
      const window = await calibrator.open({
        model: speech,
        states,
        positions: frames / 2,
        heard,
        detected: [0.5, 0.5],
      });
      const decoder = await speech.openDecoder(states, frames / 2, { states: true, attention: true });
      const places = Array.from(tokens.subarray(promptLength), (_, i) => promptLength - 1 + i);
      const outputs = await decoder.prefill([[...tokens.subarray(0, -1)]], places);
      const ours = outputs.map(({ states: state, attention }) =>
        window.posterior({ prompts: [], state, attention }, window.start),
      );
      decoder.dispose();
      release();
      ours.forEach((q, row) =>
        q.forEach((value, k) =>
          assert.ok(Math.abs(value - theirs[row * 3 + k]!) < 1e-4, `${value} ${theirs[row * 3 + k]!}`),
        ),
      );
    });
  }

  it('keeps encoder states where the encoder is not trained, and learns the same from them', async () => {
    const options = { parts: ['decoder' as const], steps: 5 };
    const same = batch.map((one) => ({ ...one, logMel: batch[0]!.logMel, frames: batch[0]!.frames }));
    const plain = await using(options, (trainer) => trainer.train(same));
    const kept = { ...options, encoderCache: join(folder(), 'states') };
    const [first, again] = [
      await using(kept, (trainer) => trainer.train(same)),
      await using(kept, (trainer) => trainer.train(same)),
    ];
    assert.ok(Math.abs(plain.losses.total - first.losses.total) < 2e-3);
    assert.equal(first.losses.total, again.losses.total);
    assert.equal(first.gradientNorm, again.gradientNorm);
    await assert.rejects(openTinyTrainer(model, { encoderCache: folder() }), UsageError);
  });

  it('finds guards where the base is before anything was learnt, wherever in the batch they stand', async () => {
    const mixed = batch.map((one, index) => ({ ...one, guard: index % 2 === 1 }));
    const distance = (of: readonly TrainingUtterance[]) =>
      using({ baseWeight: 1 }, async (trainer) => (await trainer.train(of)).losses.base);
    assert.ok(Math.abs(await distance(mixed)) < 1e-5);
    assert.ok((await distance(batch.map((one) => ({ ...one, guard: false })))) === 0);
  });

  it('holds guards where the base is', async () => {
    const guards = batch.slice(3).map((one) => ({ ...one, guard: true }));
    const distance = (baseWeight: number) =>
      using({ baseWeight, learningRate: 0.03, maxRise: 9 }, async (trainer) => {
        await train(trainer, 20, [...batch.slice(0, 3), ...guards]);
        return (await trainer.train([...batch.slice(0, 3), ...guards])).losses.base;
      });
    const [free, held] = [await distance(0.001), await distance(10)];
    assert.ok(free > 1 && held < 0.1 * free, `${held} held, ${free} free`);
  });

  const forms: Readonly<Record<string, Partial<TrainerOptions>>> = {
    'the divergence of Gaussians': { variationalForm: 'kl', variationalWeight: 0.1 },
    'the distance of means': { variationalForm: 'mse', variationalWeight: 0.1 },
    'consistency under noise': { variationalForm: 'noise-consistency', variationalWeight: 0.1 },
    'squares of q': { calibrator: 'acoustic', languageForm: 'mse', languageWeight: 1 },
    'the model towards q': { calibrator: 'acoustic', languageForm: 'model-to-calibrator', languageWeight: 1 },
    'q towards the model': { calibrator: 'acoustic', languageForm: 'calibrator-to-model', languageWeight: 1 },
    'the replaced score': { calibrator: 'acoustic', replacementWeight: 1 },
    'the published loss': { calibrator: 'decoder-state', publishedLoss: true },
  };
  for (const [name, form] of Object.entries(forms)) {
    it(`descends with ${name}`, () =>
      using({ ...form, learningRate: 0.02, maxRise: 9 }, async (trainer) => {
        const { losses: first } = await trainer.train(batch);
        await train(trainer, 25);
        const { losses: last } = await trainer.train(batch);
        assert.ok(last.total < first.total - 0.2, `${first.total} to ${last.total}`);
        const part = form.variationalWeight
          ? last.variational
          : form.replacementWeight
            ? last.replacement
            : last.language;
        assert.ok(part !== 0 && Number.isFinite(part));
      }));
  }

  it('averages checkpoints', async () => {
    const path = (name: string) => join(folder(), name);
    await using({}, async (trainer) => {
      await trainer.writeCheckpoint(path('a'));
      await train(trainer, 2);
      await trainer.writeCheckpoint(path('b'));
      await trainer.average([path('a'), path('b')]);
      await trainer.save(path('mean'));
      await trainer.restore(path('b'));
      await trainer.save(path('last'));
      await trainer.save(path('halved'), 0.5);
    });
    const b = async (name: string) => [...(await readAdapter(path(name))).pairs.values()][0]!.b;
    // B begins at 0, so the mean with the beginning is the half; so is half of the adapter.
    const [mean, last, half] = [await b('mean'), await b('last'), await b('halved')];
    assert.ok(last.some((value) => value !== 0));
    last.forEach((value, i) => {
      assert.ok(Math.abs(mean[i]! - value / 2) < 1e-9);
      assert.ok(Math.abs(half[i]! - value / 2) < 1e-9);
    });
    assert.match(await readFile(join(path('last'), adapterFiles.config), 'utf8'), /"lora_alpha": 8,/);
  });

  it('refuses what cannot be trained', async () => {
    const refused = async (options: Partial<TrainerOptions>, message: RegExp) =>
      assert.rejects(openTinyTrainer(model, options), (error: UsageError) => message.test(error.message));
    await refused({ rank: 0 }, /Nothing is trained/);
    await refused({ languageWeight: 1 }, /languageWeight needs a calibrator/);
    await refused({ targets: 'nothing' }, /No linear map has a name like nothing; the first is model\.encoder/);
    await refused({ targets: '(' }, /targets/);
    await using({}, async (trainer) => {
      const long = { ...batch[0]!, tokens: new Int32Array(40).fill(5), classes: new Uint8Array(40) };
      await assert.rejects(trainer.train([long]), { code: 'training', id: 'u0' });
    });
  });

  it('leaves no tensor', async () => {
    const count = tf.memory().numTensors;
    await using({ calibrator: 'acoustic', languageWeight: 1 }, (trainer) => train(trainer, 1));
    assert.equal(tf.memory().numTensors, count);
  });
});
