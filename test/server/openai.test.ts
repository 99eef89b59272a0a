import assert from 'node:assert/strict';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import OpenAI, { toFile } from 'openai';
import { diglot } from '../cli/command-line.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { openServer, type ServerUnderTest } from './open-server.ts';

const mixed = 'fixtures/audio/cs_yesterday_zh_en.wav';
const english = 'fixtures/audio/english-jfk.flac';

/** What OpenAI's own client reads of a verbose answer, and what diglot adds. */
interface Verbose {
  readonly language: string;
  readonly duration: number;
  readonly text: string;
  readonly words?: readonly { word: string; start: number; end: number; language: string; internal: number[] }[];
  readonly segments?: readonly { id: number; start: number; end: number; tokens: number[]; no_speech_prob: number }[];
  readonly languages: readonly string[];
  readonly transcript: string;
}

describe("OpenAI's client", function () {
  this.timeout(300_000);
  let server: ServerUnderTest;
  let client: OpenAI;
  before(async () => {
    server = await openServer();
    client = new OpenAI({ apiKey: 'any', baseURL: `${server.url}/v1`, maxRetries: 0 });
  });
  after(() => server.close());

  it('finds the models, also by the name that it knows', async () => {
    const { data } = await client.models.list();
    assert.deepEqual(
      data.map(({ id }) => id),
      ['whisper-base-int8', 'whisper-1'],
    );
    assert.equal((await client.models.retrieve('whisper-1')).id, 'whisper-1');
  });

  const folder = folderPerTest();

  it('transcribes code-switched speech to the text that `diglot transcribe` writes', async () => {
    const { stdout } = await diglot('transcribe', mixed, '--quiet', '--arrow', folder('t.arrow'));
    const { text } = await client.audio.transcriptions.create({ model: 'whisper-1', file: createReadStream(mixed) });
    assert.equal(text, stdout.trim().replaceAll('\n', ''));
    assert.match(text, /Yesterday.*星期一.*today is Tuesday/);
  });

  it('gets words and segments with their times, and languages beside them', async () => {
    const answer = (await client.audio.transcriptions.create({
      model: 'whisper-base-int8',
      file: createReadStream(mixed),
      language: 'zh,en',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    })) as unknown as Verbose;
    const { words = [], segments = [], duration, text, languages } = answer;
    const { size } = statSync(mixed);
    assert.ok(Math.abs(duration - size / bytesPerSecond(mixed)) < 0.01, `${duration} s`);
    assert.equal(
      words
        .map(({ word }) => word)
        .join('')
        .replaceAll(' ', ''),
      text.replaceAll(' ', ''),
    );
    assert.ok(
      words.every(({ start, end }, i) => start <= end && start >= (words[i - 1]?.start ?? 0) && end <= duration),
    );
    assert.equal(words.find(({ word }) => /Tuesday/.test(word))?.language, 'en');
    assert.equal(words.find(({ word }) => /星期|星|期/.test(word))?.language, 'zh');
    assert.deepEqual(languages, ['zh', 'en']);
    assert.ok(words.every(({ internal }) => Math.abs(internal.reduce((a, b) => a + b, 0) - 1) < 1e-3));
    assert.deepEqual(
      segments.map(({ id }) => id),
      segments.map((_, index) => index),
    );
    assert.ok(segments.every(({ tokens, no_speech_prob: p }) => tokens.length > 0 && p >= 0 && p <= 1));
  });

  it('gets text, srt and vtt', async () => {
    const ask = (response_format: 'text' | 'srt' | 'vtt'): Promise<unknown> =>
      client.audio.transcriptions.create({ model: 'whisper-1', file: createReadStream(english), response_format });
    assert.match(String(await ask('text')), /^And so my fellow Americans.*country\.?\n$/);
    assert.match(String(await ask('srt')), /^1\n00:00:0\d,\d{3} --> 00:00:\d\d,\d{3}\nAnd so/);
    assert.match(String(await ask('vtt')), /^WEBVTT\n\n00:0\d\.\d{3} --> 00:\d\d\.\d{3}\nAnd so/);
  });

  it('can fetch the transcript in every form afterwards, the Arrow table whole', async () => {
    const { transcript, text } = (await client.audio.transcriptions.create({
      model: 'whisper-1',
      file: createReadStream(english),
      response_format: 'verbose_json',
    })) as unknown as Verbose;
    const fetched = (form: string): Promise<Response> => fetch(`${server.url}/v1/transcripts/${transcript}.${form}`);
    assert.equal((await (await fetched('txt')).text()).trim().replaceAll('\n', ' '), text);
    assert.match(await (await fetched('srt')).text(), /-->/);
    assert.equal(((await (await fetched('json')).json()) as { text: string }).text.trim(), text);
    const table = tableFromIPC(new Uint8Array(await (await fetched('arrow')).arrayBuffer()));
    assert.equal(table.numRows, 1);
    assert.equal(String(table.getChild('text')?.get(0)).trim(), text);
    assert.equal((await fetched('exe')).status, 404);
    assert.equal((await fetch(`${server.url}/v1/transcripts/00000000-0000-0000-0000-000000000000.txt`)).status, 404);
  });

  it('is told in its own form what is wrong with a request, without a path of the server', async () => {
    const broken = await toFile(Buffer.from('RIFF, and nothing of what should follow'), 'holiday.wav');
    const file = (): ReturnType<typeof createReadStream> => createReadStream(english);
    const requests: [object, number, string, RegExp][] = [
      [{ model: 'whisper-1', file: broken }, 400, 'not_audio|corrupt|truncated|unknown', /holiday\.wav/],
      [{ model: 'whisper-9', file: file() }, 404, 'model_not_found', /whisper-base-int8/],
      [{ model: 'whisper-1', file: file(), language: 'klingon' }, 400, 'invalid_field', /klingon/],
      [{ model: 'whisper-1', file: file(), response_format: 'diarized_json' }, 400, 'invalid_field', /response_format/],
      [{ model: 'whisper-1', file: file(), temperature: 3 }, 400, 'invalid_field', /temperature/],
      [{ model: 'whisper-1', file: file(), chunking_strategy: 'auto' }, 400, 'invalid_field', /chunking_strategy/],
    ];
    for (const [request, status, code, says] of requests) {
      await assert.rejects(client.audio.transcriptions.create(request as never), (error: unknown) => {
        assert.ok(error instanceof OpenAI.APIError);
        assert.equal(error.status, status, error.message);
        assert.match(String(error.code), new RegExp(code));
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /\/tmp|node_modules|\.ts:|at \w+ \(/);
        return true;
      });
    }
  });

  it('is refused a recording that is too large, and a form without one', async () => {
    const strict = await openServer({ limits: { uploadBytes: 100_000 } });
    try {
      const send = (bytes: number, field = 'file'): Promise<Response> => {
        const form = new FormData();
        form.append('model', 'whisper-1');
        form.append(field, new Blob([new Uint8Array(bytes)]), 'a.wav');
        return fetch(`${strict.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
      };
      assert.equal((await send(200_000)).status, 413);
      assert.equal((await send(2000, 'picture')).status, 400);
      const { error } = (await (await send(4_000_000)).json().catch(() => ({ error: {} }))) as { error: object };
      assert.deepEqual(
        { ...error, message: '' },
        {
          message: '',
          type: 'invalid_request_error',
          param: 'file',
          code: 'file_too_large',
        },
      );
      assert.equal((await fetch(`${strict.url}/health`)).status, 200);
    } finally {
      await strict.close();
    }
  });

  it('counts what it did for Prometheus', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const value = (line: string): number =>
      Number(
        text
          .split('\n')
          .find((each) => each.startsWith(line))
          ?.split(' ')[1],
      );
    assert.ok(value('diglot_audio_seconds_total{source="upload"}') > 20);
    assert.ok(value('diglot_request_seconds_count{route="/v1/audio/transcriptions",status="200"}') >= 5);
    assert.equal(value('diglot_uploads{state="running"}'), 0);
    assert.ok(value('process_resident_memory_bytes') > 1e6);
  });
});

/** As the header of a WAV file has it. */
function bytesPerSecond(path: string): number {
  return readFileSync(path).readUInt32LE(28);
}
