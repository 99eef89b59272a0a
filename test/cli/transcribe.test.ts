import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, diglot } from './command-line.ts';

const recording = 'fixtures/audio/mandarin-look-in-front.wav';

describe('diglot transcribe', function () {
  this.timeout(300_000);
  let folder: string;
  let broken: string;
  let ended: Ended;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-'));
    broken = join(folder, 'broken.wav');
    await writeFile(broken, 'RIFF, and nothing of what should follow');
    const flags = ['--beam_size', '1', '--window', 'fit', '--output_format', 'json', '--offline', 'True'];
    ended = await diglot('transcribe', recording, broken, ...flags, '--arrow', join(folder, 'text.arrow'));
  });
  after(() => rm(folder, { recursive: true }));

  it('writes a line of JSON for each recording to standard output, and nothing else', () => {
    const [line, ...rest] = ended.stdout.split('\n');
    assert.deepEqual(rest, ['']);
    const result = JSON.parse(line ?? '') as { file: string; language: string; text: string; segments: unknown[] };
    assert.deepEqual(Object.keys(result), ['file', 'language', 'text', 'segments', 'language_spans']);
    assert.deepEqual([result.file, result.language, result.text], [recording, 'zh', '看一下前面有什么东西']);
    assert.equal(result.segments.length, 1);
  });

  it('makes an error row of a broken file and ends with 3', () => {
    assert.equal(ended.status, 3);
    assert.match(ended.stderr, /\nfailed at audio: .*broken\.wav/);
    assert.match(ended.stderr, /\nwrote .*text\.errors\.arrow {2}1 error row, /);
    assert.match(ended.stderr, /\n2 in = 1 written \+ 1 failed \+ 0 dropped/);
  });

  it('leaves a table that tells how it came to be', async () => {
    const { status, stdout } = await diglot('explain', join(folder, 'text.arrow'));
    assert.equal(status, 0);
    assert.match(stdout, /^model +whisper-base-int8, sha256 [0-9a-f]{64}/m);
    assert.match(stdout, /^overrides .*params\.beam=1.*params\.files=\["fixtures/m);
    assert.match(stdout, /"beamSize": 1,/);
  });

  it('takes overrides of its pipeline, and refuses wrong ones before anything starts', async () => {
    const { status, stdout, stderr } = await diglot('transcribe', recording, '--set', 'nodes.decoder.with.beamSiz=3');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /--set nodes\.decoder\.with\.beamSiz=3 .*did you mean "beamSize"\?/);
  });

  it('is `diglot run` of its pipeline', async () => {
    const flags = ['--beam', '1', '--window', 'fit', '--quiet', '--arrow', join(folder, 'again.arrow')];
    const { status, stdout } = await diglot('run', 'transcribe', '--files', recording, ...flags);
    assert.deepEqual([status, stdout], [0, '看一下前面有什么东西\n']);
  });

  it('wants a file, and shows every option of the pipeline in its help', async () => {
    assert.match((await diglot('transcribe')).stderr, /missing required argument 'file'/);
    const { stdout } = await diglot('transcribe', '--help');
    for (const flag of ['--language', '--beam', '--model', '--format', '--out', '--device', '--word-timestamps']) {
      assert.ok(stdout.includes(flag), flag);
    }
    assert.doesNotMatch(stdout, /^ +--files/m);
  });
});
