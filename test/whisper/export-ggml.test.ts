import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { decodeAudio } from '../../src/audio/decode.ts';
import { resample } from '../../src/audio/resampler.ts';
import { UsageError } from '../../src/errors.ts';
import { exportModel, type ExportPrecision } from '../../src/whisper/export.ts';
import { ggmlFormats } from '../../src/whisper/ggml-formats.ts';
import { openGgml } from '../../src/whisper/ggml.ts';
import { floatsToHalves, halfToFloat } from '../../src/whisper/number-formats.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyDimensions, tinyVocabulary, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

interface Golden {
  readonly floats: string;
  readonly stored: Readonly<Record<string, string>>;
}

describe('blocks of 32 numbers', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../fixtures/weights/ggml-blocks.json', import.meta.url), 'utf8'),
  ) as Golden;
  const floats = new Float32Array(Uint8Array.from(Buffer.from(golden.floats, 'hex')).buffer);
  for (const [name, stored] of Object.entries(golden.stored)) {
    it(`are stored in ${name} as gguf stores them, bit for bit`, () => {
      const format = [...ggmlFormats.values()].find((format) => format.name === name)!;
      assert.equal(Buffer.from(format.fromFloats(floats)).toString('hex'), stored);
    });
  }
});

describe('a model exported to ggml', () => {
  const folder = temporaryFolder();
  const from = join(folder, 'tiny');
  const weights = tinyWeights();
  before(() => writeTinyModel(from));
  const written = async (name: string, precision: ExportPrecision): Promise<string> => {
    const to = join(folder, name);
    await exportModel({ from, to, format: 'ggml', precision });
    return to;
  };

  it('is read back: sizes, vocabulary, and in 32 bits every weight', async () => {
    const model = await openGgml(await written('f32.bin', 'f32'));
    assert.deepEqual(model.dimensions, tinyDimensions);
    assert.deepEqual(
      model.vocabulary.map((token) => [...token]),
      tinyVocabulary.map((token) => [...token]),
    );
    for (const [name, values] of weights) assert.deepEqual(await model.source.read(name), values, name);
    await model.source.close();
  });

  it('has matrices and convolutions in 16 bits, and vectors and positions in 32', async () => {
    const { source } = await openGgml(await written('f16.bin', 'f16'));
    for (const [name, values] of weights) {
      const whole = /bias|layer_norm|embed_positions/.test(name);
      const stored = whole ? values : Float32Array.from(floatsToHalves(values), halfToFloat);
      assert.deepEqual(await source.read(name), stored, name);
    }
    await source.close();
  });

  it('begins as whisper.cpp reads it: magic, sizes, form, and the mel filters that librosa makes', async () => {
    const bytes = readFileSync(await written('header.bin', 'f16'));
    const ints = (at: number, count: number) => Array.from({ length: count }, (_, i) => bytes.readInt32LE(at + 4 * i));
    const d = tinyDimensions;
    const encoder = [d.vocabularySize, d.audioPositions, d.width, d.encoderHeads, d.encoderLayers];
    const decoder = [d.textPositions, d.width, d.decoderHeads, d.decoderLayers];
    assert.deepEqual(ints(0, 14), [0x67676d6c, ...encoder, ...decoder, 80, 1, 80, 201]);
    const golden = JSON.parse(
      readFileSync(new URL('../../fixtures/golden/mel-filters.json', import.meta.url), 'utf8'),
    ) as { filters: { bands: number; cells: [number, number, number][] }[] };
    const expected = new Float32Array(80 * 201);
    for (const [band, bin, weight] of golden.filters.find(({ bands }) => bands === 80)!.cells)
      expected[201 * band + bin] = weight;
    for (let i = 0; i < expected.length; i++) {
      assert.ok(Math.abs(bytes.readFloatLE(56 + 4 * i) - expected[i]!) < 1e-8, `filter weight ${i}`);
    }
  });

  it('has the same bytes each time', async () => {
    const [once, again] = [await written('once.bin', 'f16'), await written('again.bin', 'f16')];
    assert.ok(readFileSync(once).equals(readFileSync(again)));
  });

  it('is refused where a file is, in a precision that ggml has not, or with rows that are no whole blocks', async () => {
    const taken = await written('taken.bin', 'f16');
    const cases: [string, ExportPrecision, RegExp][] = [
      [taken, 'f16', /taken\.bin is there already/],
      [join(folder, 'int4.bin'), 'int4', /ggml has no precision int4; it has f16, f32, q8_0, q5_1, q5_0/],
      [join(folder, 'q8.bin'), 'q8_0', /is 16 wide and q8_0 stores blocks of 32/],
    ];
    for (const [to, precision, message] of cases) {
      await assert.rejects(exportModel({ from, to, format: 'ggml', precision }), (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
    assert.ok(!existsSync(join(folder, 'int4.bin')) && !existsSync(join(folder, 'q8.bin')));
  });

  it('leaves nothing behind when the weights are broken', async () => {
    const broken = await writeTinyModel(join(folder, 'broken'), { config: { encoder_layers: 5 } });
    await assert.rejects(exportModel({ from: broken, to: join(folder, 'never.bin'), format: 'ggml' }), UsageError);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('never')),
      [],
    );
  });

  it('in 8 bits says in whisper.cpp what the recording says', async function () {
    this.timeout(180_000);
    const whisperCpp = peer();
    if (whisperCpp === null) {
      console.log('      (skipped: npm install --no-save @fugood/whisper.node runs it)');
      return this.skip();
    }
    const to = join(folder, 'base-q8_0.bin');
    await exportModel({ from: 'models/whisper-base-int8', to, format: 'ggml', precision: 'q8_0' });
    const path = 'fixtures/audio/english-jfk.flac';
    const audio = await decodeAudio(readFileSync(path), path);
    const samples = resample(audio.channels[0]!, audio.sampleRate, 16_000);
    const pcm = Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
    const context = await whisperCpp.initWhisper({ filePath: to, useGpu: false });
    const options = { language: 'en', beamSize: 5, temperature: 0, maxThreads: 2 };
    const { result } = await context.transcribeData(pcm.buffer, options).promise;
    await context.release();
    assert.match(result, /^ And so,? my fellow Americans,? ask not what your country can do for you/);
  });
});

interface WhisperCpp {
  initWhisper(options: { filePath: string; useGpu: boolean }): Promise<{
    transcribeData(pcm: ArrayBufferLike, options: object): { readonly promise: Promise<{ readonly result: string }> };
    release(): Promise<void>;
  }>;
}

function peer(): WhisperCpp | null {
  try {
    return createRequire(import.meta.url)('@fugood/whisper.node') as WhisperCpp;
  } catch {
    return null;
  }
}
