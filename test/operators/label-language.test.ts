import assert from 'node:assert/strict';
import { from, lastValueFrom, toArray } from 'rxjs';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { encodeWindow } from '../../src/decoding/windows.ts';
import { RecordError, UsageError } from '../../src/errors.ts';
import { labelLanguage } from '../../src/operators/label-language.ts';
import type { LogMel, TrainingUtterance } from '../../src/records.ts';
import type { SpeechModel } from '../../src/whisper/speech-model.ts';
import { origin } from '../support/sample-records.ts';

type Options = NonNullable<Parameters<typeof labelLanguage>[0]>;

function spoken(id: string, seconds = 1.005, reference: string | null = '昨天 yesterday'): LogMel {
  const samples = Float32Array.from({ length: Math.round(seconds * 16_000) }, (_, n) => Math.sin(n / 9) / 2);
  return { kind: 'log-mel', id, origin: { ...origin, reference }, ...melSpectrogram(samples, 80) };
}
const label = (records: readonly LogMel[], options: Options = {}): Promise<TrainingUtterance[]> =>
  lastValueFrom(from(records).pipe(labelLanguage(options), toArray()));

describe('label-language', () => {
  it('hears the very window that decoding encodes', async () => {
    const mel = spoken('a');
    const [made] = await label([mel], { slack: 2 });
    let encoded: Float32Array | undefined;
    const model = {
      facts: { audioPositions: 1500 },
      encode: (values: Float32Array, frames: number) => {
        encoded = values;
        return Promise.resolve(new Float32Array(frames));
      },
    } as unknown as SpeechModel;
    await encodeWindow(model, mel, 0, mel.frames, { kind: 'fit', slack: 2 });
    assert.deepEqual(made!.logMel, encoded);
    assert.deepEqual([made!.frames, made!.bands, made!.duration], [300, 80, 1]);
  });

  it('draws by seed and id alone', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `u${index}`);
    const [first, backwards, other] = await Promise.all([
      label(ids.map((id) => spoken(id, 0.2))),
      label([...ids].reverse().map((id) => spoken(id, 0.2))),
      label(
        ids.map((id) => spoken(id, 0.2)),
        { seed: 5 },
      ),
    ]);
    const tokens = (all: readonly TrainingUtterance[]) => all.map((each) => [...each.tokens]);
    assert.deepEqual(tokens(backwards.reverse()), tokens(first));
    assert.notDeepEqual(tokens(other), tokens(first));
  });

  it('makes error rows of what has no text and of what is too long, and refuses languages without a tag', async () => {
    const fails = (record: LogMel, code: string) =>
      assert.rejects(label([record]), (error) => error instanceof RecordError && error.code === code);
    await fails(spoken('a', 1, null), 'no-reference');
    await fails(spoken('a', 31), 'too-long');
    await assert.rejects(label([spoken('a')], { model: 'no-such-model', offline: true }), UsageError);
  });
});
