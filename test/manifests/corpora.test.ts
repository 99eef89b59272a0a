import assert from 'node:assert/strict';
import { join } from 'node:path';
import { RecordError, UsageError } from '../../src/errors.ts';
import { findManifests, readManifestEntries, type Format } from '../../src/manifests/find-manifests.ts';
import type { Utterance } from '../../src/records.ts';
import { temporaryFolder } from '../support/folder.ts';

const seameLine = (...cells: (string | number)[]) => cells.join('\t');

describe('corpora in the folders of their owners', () => {
  const folder = temporaryFolder({
    'seame/conversation/transcript/phaseII/01NC01FBX_0101.txt': [
      seameLine('01NC01FBX_0101', 0, 1200, 'CS', '我 think 可以'),
      seameLine('01NC01FBX_0101', 1200, 1204, 'ZH', '嗯'),
      seameLine('01NC01FBX_0101', 2345, 4567, 'EN', 'ok lah'),
      '',
    ].join('\n'),
    'seame/conversation/transcript/phaseI/01NC01FBX_0101.txt': seameLine('01NC01FBX_0101', 0, 900, 'older'),
    'seame/conversation/transcript/phaseI/02NC02FBY_0101.txt': seameLine(
      '02NC02FBY_0101',
      100,
      600,
      'no language here',
    ),
    'seame/interview/transcript/phaseII/NI01MAX_0101.txt': [
      seameLine('NI01MAX_0101', 10, 2010, 'ZH', '你好'),
      'NI01MAX_0101 broken',
    ].join('\n'),
    'ascend/train_metadata.csv':
      'path,transcription,duration,language,original_speaker_id,session_id,topic\nwaves/a.wav,你 ok 吗,1.5,mixed,3,1,sport\n',
    'ascend/test_metadata.csv':
      'file_name,transcription,duration,language,original_speaker_id,session_id,topic\nwaves/b.wav,"well, yes",0.5,en,4,1,sport\n',
    'data_aishell/transcript/aishell_transcript_v0.8.txt':
      'BAC009S0002W0122 而 对 楼市\nBAC009S0724W0121 广州 市\nBAC009S0764W0001 没有 音频\n',
    'data_aishell/wav/train/S0002/BAC009S0002W0122.wav': 'RIFF',
    'data_aishell/wav/train/S0002/BAC009S0002W0999.wav': 'RIFF',
    'data_aishell/wav/dev/S0724/BAC009S0724W0121.wav': 'RIFF',
    'other/readme.txt': '',
  });
  const at = (path: string) => join(folder, path);

  async function read(path: string, format: Format | null = null) {
    const utterances: Utterance[] = [];
    const faults: RecordError[] = [];
    for (const manifest of await findManifests(at(path), format)) {
      for await (const entry of readManifestEntries(manifest, { root: null, within: null, columns: {} })) {
        if (entry instanceof RecordError) faults.push(entry);
        else utterances.push(entry);
      }
    }
    return { utterances, faults };
  }

  it('SEAME: phase II before phase I, times in ms, ids of the ESPnet recipe, nothing of 10 ms', async () => {
    const { utterances, faults } = await read('seame');
    assert.deepEqual(
      utterances.map(({ id, start, duration, reference, language, speaker }) => [
        ...[id, start, duration, reference, language, speaker],
      ]),
      [
        ['NC01F-01NC01FBX_0101-000000-000120', 0, 1.2, '我 think 可以', 'zh-en', 'NC01F'],
        ['NC01F-01NC01FBX_0101-000235-000457', 2.35, 2.22, 'ok lah', 'en', 'NC01F'],
        ['NC02F-02NC02FBY_0101-000010-000060', 0.1, 0.5, 'no language here', null, 'NC02F'],
        ['NI01M-NI01MAX_0101-000001-000201', 0.01, 2, '你好', 'zh', 'NI01M'],
      ],
    );
    assert.equal(utterances[0]!.path, at('seame/conversation/audio/01NC01FBX_0101.flac'));
    assert.equal(faults.length, 1);
    assert.match(faults[0]!.message, /NI01MAX_0101\.txt:2: expected recording, start and end in ms/);
  });

  it('ASCEND: every part, mixed is zh-en, audio beside the tables', async () => {
    const { utterances, faults } = await read('ascend');
    assert.deepEqual(faults, []);
    assert.deepEqual(
      utterances.map(({ path, duration, reference, language, speaker }) => [
        path,
        duration,
        reference,
        language,
        speaker,
      ]),
      [
        [at('ascend/waves/a.wav'), 1.5, '你 ok 吗', 'zh-en', '3'],
        [at('ascend/waves/b.wav'), 0.5, 'well, yes', 'en', '4'],
      ],
    );
  });

  it('AISHELL-1: texts without spaces, recordings that have one, one part or all', async () => {
    const { utterances, faults } = await read('data_aishell');
    assert.deepEqual(faults, []);
    assert.deepEqual(
      utterances.map(({ id, path, reference, speaker }) => [id, path, reference, speaker]),
      [
        ['BAC009S0724W0121', at('data_aishell/wav/dev/S0724/BAC009S0724W0121.wav'), '广州市', 'S0724'],
        ['BAC009S0002W0122', at('data_aishell/wav/train/S0002/BAC009S0002W0122.wav'), '而对楼市', 'S0002'],
      ],
    );
    const { utterances: train } = await read('data_aishell/wav/train', 'aishell');
    assert.deepEqual(
      train.map(({ id }) => id),
      ['BAC009S0002W0122'],
    );
  });

  it('refuses a folder that is not the corpus that was named', async () => {
    for (const format of ['seame', 'ascend', 'aishell'] as const) {
      await assert.rejects(read('other', format), (error) => error instanceof UsageError && error.code === 'format');
    }
  });
});
