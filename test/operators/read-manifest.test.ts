import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { RecordError, UsageError } from '../../src/errors.ts';
import type { OperatorContext } from '../../src/operators/define-operator.ts';
import { readManifest } from '../../src/operators/read-manifest.ts';
import type { Utterance } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';
import { quietContext } from '../support/quiet-context.ts';

interface Listed {
  readonly utterances: Utterance[];
  readonly errors: RecordError[];
  readonly expected: (number | null)[] | null;
}

type Options = z.input<typeof readManifest.description.options>;

/** Runs the source as a graph does: errors stand among the records. */
async function list(options: Options, aborted = false): Promise<Listed> {
  let expected: (number | null)[] | null = null;
  const context: OperatorContext = {
    ...quietContext,
    expect: (records, audioSeconds) => {
      expected = [records, audioSeconds];
    },
  };
  const running = await readManifest.behaviour(readManifest.description.options.parse(options), context);
  const utterances: Utterance[] = [];
  const errors: RecordError[] = [];
  for await (const entry of running(undefined, { signal: aborted ? AbortSignal.abort() : context.signal })) {
    if (entry instanceof RecordError) errors.push(entry);
    else utterances.push(entry);
  }
  return { utterances, errors, expected };
}

describe('read-manifest', () => {
  const folder = temporaryFolder({
    'audio/one.wav': 'RIFF',
    'audio/two.flac': 'fLaC',
    'audio/readme.txt': 'x',
    'nemo.json':
      '{"audio_filepath": "audio/one.wav", "duration": 1.5}\n{"audio_filepath": "audio/two.flac", "duration": 2}\n',
    'without-name': '\uFEFF {"key": "k", "wav": "audio/one.wav"}\n',
    'twice.jsonl': '{"key": "k", "wav": "a.wav"}\n{"key": "k", "wav": "b.wav"}\n{"key": "l", "wav": "b.wav"}\n',
    'other/up.jsonl': '{"wav": "../audio/one.wav"}\n',
    'kaldi/wav.scp': 'r1 one.wav\n',
    'empty/x.txt': '',
  });
  const at = (path: string) => join(folder, path);

  it('lists files, folders and patterns, with their paths for ids', async () => {
    for (const path of [at('audio'), at('audio/*.{wav,flac}')]) {
      const { utterances, expected } = await list({ paths: [path] });
      assert.deepEqual(
        utterances.map(({ id, path }) => [id, path]),
        [
          [at('audio/one.wav'), at('audio/one.wav')],
          [at('audio/two.flac'), at('audio/two.flac')],
        ],
      );
      assert.deepEqual(expected, [2, null]);
    }
    assert.deepEqual((await list({ paths: ['./fixtures/audio/cs_yesterday_zh_en.wav'] })).utterances[0], {
      kind: 'utterance',
      id: 'fixtures/audio/cs_yesterday_zh_en.wav',
      path: './fixtures/audio/cs_yesterday_zh_en.wav',
      start: 0,
      duration: null,
      reference: null,
      language: null,
      speaker: null,
    });
  });

  it('gives of every pool the longest first, those of one length as they stood and those of unknown length last', async () => {
    const lengths = [1, 3, null, 2, 3, 9, null, 8, 7];
    const path = join(temporaryFolder({ 'm.jsonl': '' }), 'm.jsonl');
    await writeFile(
      path,
      lengths.map((duration, key) => `${JSON.stringify({ key, wav: 'a.wav', duration })}\n`).join(''),
    );
    const order = async (options: Partial<Options>) =>
      (await list({ paths: [path], order: 'length', ...options })).utterances.map(({ id }) => Number(id));
    assert.deepEqual(await order({ pool: 5 }), [1, 4, 3, 0, 2, 5, 7, 8, 6]);
    assert.deepEqual(await order({}), [5, 7, 8, 1, 4, 3, 0, 2, 6]);
    await assert.rejects(order({ shuffle: true }), /cannot be length where shuffle draws the order/);
  });

  it('tells manifests by name, by first bytes and by wav.scp, and how much they hold', async () => {
    const nemo = await list({ paths: [at('nemo.json')] });
    assert.deepEqual(nemo.expected, [2, 3.5]);
    assert.deepEqual(
      nemo.utterances.map(({ path }) => path),
      [at('audio/one.wav'), at('audio/two.flac')],
    );
    assert.deepEqual(
      (await list({ paths: [at('without-name')] })).utterances.map(({ id }) => id),
      ['k'],
    );
    for (const path of ['kaldi', 'kaldi/wav.scp']) {
      assert.deepEqual(
        (await list({ paths: [at(path)] })).utterances.map(({ id, path }) => [id, path]),
        [['r1', at('kaldi/one.wav')]],
      );
    }
  });

  it('reads several, in the order that they were named', async () => {
    const { utterances } = await list({ paths: [at('nemo.json'), at('kaldi'), at('audio/one.wav')] });
    assert.deepEqual(
      utterances.map(({ id }) => id),
      ['audio/one.wav', 'audio/two.flac', 'r1', at('audio/one.wav')],
    );
  });

  it('gives an id once, and an error row for every time more', async () => {
    const { utterances, errors } = await list({ paths: [at('twice.jsonl'), at('twice.jsonl')] });
    assert.deepEqual(
      utterances.map(({ id }) => id),
      ['k', 'l'],
    );
    assert.deepEqual(
      errors.map(({ code, id }) => [code, id]),
      [
        ['duplicate-id', 'k'],
        ['duplicate-id', 'k'],
        ['duplicate-id', 'k'],
        ['duplicate-id', 'l'],
      ],
    );
  });

  it('keeps a manifest inside its folder until it is given a wider one', async () => {
    const { utterances, errors } = await list({ paths: [at('other/up.jsonl')] });
    assert.deepEqual([utterances.length, errors.map(({ code }) => code)], [0, ['path-outside']]);
    assert.match(errors[0]!.message, /up\.jsonl:1: \.\.\/audio\/one\.wav lies outside of .*; set the option within/);
    const wider = await list({ paths: [at('other/up.jsonl')], within: folder });
    assert.deepEqual(
      wider.utterances.map(({ path }) => path),
      [at('audio/one.wav')],
    );
    const elsewhere = await list({ paths: [at('nemo.json')], root: at('other') });
    assert.deepEqual(
      elsewhere.utterances.map(({ path }) => path),
      [at('other/audio/one.wav'), at('other/audio/two.flac')],
    );
  });

  it('stops when it is told to', async () => {
    assert.deepEqual((await list({ paths: [at('nemo.json')] }, true)).utterances, []);
  });

  it('says before the run what is not there', async () => {
    for (const paths of [[at('nothing.wav')], [at('*.mp3')], [at('empty')]]) {
      await assert.rejects(list({ paths }), (error) => error instanceof UsageError && error.code === 'not-found');
    }
    for (const format of ['kaldi', 'csv'] as const) {
      await assert.rejects(
        list({ paths: [at('audio')], format }),
        (error) => error instanceof UsageError && error.code === 'format',
      );
    }
  });

  it('goes through the utterances of every epoch under ids of their own, and tells faults once', async () => {
    const { utterances, errors, expected } = await list({ paths: [at('twice.jsonl')], epochs: 3 });
    assert.deepEqual(
      utterances.map(({ id }) => id),
      ['k', 'l', 'k~2', 'l~2', 'k~3', 'l~3'],
    );
    assert.equal(errors.length, 1);
    assert.deepEqual(expected, [9, null]);
  });

  it('shuffles each epoch by the seed: all utterances once, in an order that comes again', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `u${index}`);
    await writeFile(at('many.jsonl'), ids.map((id) => JSON.stringify({ id, wav: 'audio/one.wav' })).join('\n'));
    const order = async (seed: number) => {
      const { utterances } = await list({ paths: [at('many.jsonl')], epochs: 2, shuffle: true, seed });
      return utterances.map(({ id }) => id);
    };
    const first = await order(1);
    assert.deepEqual(await order(1), first);
    assert.notDeepEqual(await order(2), first);
    assert.deepEqual(first.slice(0, 20).sort(), [...ids].sort());
    const second = first.slice(20).map((id) => id.replace(/~2$/, ''));
    assert.deepEqual([...second].sort(), [...ids].sort());
    assert.notDeepEqual(second, first.slice(0, 20));
  });

  it('refuses to be used without paths', () => {
    assert.throws(() => readManifest({ paths: [] }), UsageError);
    assert.throws(() => readManifest(), UsageError);
  });
});
