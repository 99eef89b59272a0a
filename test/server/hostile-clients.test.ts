import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { writeTinyModel } from '../support/tiny-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fakeSessions, type FakeSessions } from './fake-session.ts';
import { frame, malformedFrames, opening, start, text } from './hostile-frames.ts';
import { silence, talkLive, type LiveTalk } from './live-talk.ts';
import { openServer, type ServerUnderTest } from './open-server.ts';

describe('a server among hostile clients', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let fakes: FakeSessions;
  let server: ServerUnderTest;
  let port: number;
  /** Somebody who means well, and must not notice anything. */
  let bystander: LiveTalk;
  let said = 0;
  let heard = 0;
  let speaking: NodeJS.Timeout;

  before(async () => {
    await writeTinyModel(folder);
    fakes = fakeSessions(20_000);
    const limits = { sessions: 3, heartbeatSeconds: 1, idleSeconds: 4, uploadBytes: 100_000, connections: 300 };
    server = await openServer({ model: folder, device: 'tfjs-cpu', limits }, fakes.open);
    port = Number(new URL(server.url).port);
  });
  after(() => server.close());

  beforeEach(async () => {
    bystander = await talkLive(server.url, { sampleRate: 16_000 });
    await bystander.next('ready');
    said = 0;
    heard = 0;
    speaking = setInterval(speak, 200);
  });
  afterEach(async () => {
    await isWell();
    clearInterval(speaking);
    bystander.socket.send(JSON.stringify({ type: 'end' }));
    assert.equal((await bystander.next('ended')).transcript === null, said === 0);
    assert.equal(await bystander.closed, 1000);
  });

  function speak(): number {
    bystander.socket.send(silence(0.01));
    return (said += 1);
  }

  /** The bystander is answered, every text comes and in order, and the server says that it is well. */
  async function isWell(): Promise<{ sessions: { open: number } }> {
    const mine = speak();
    while (heard < mine) assert.equal(parseInt((await bystander.next('final')).text), (heard += 1));
    const answer = await fetch(`${server.url}/health`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as { sessions: { open: number } };
  }

  async function raw(...bytes: (string | Buffer)[]): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    for (const each of bytes) socket.write(each);
    return socket;
  }

  /** While the bystander speaks on, so that it is not idle itself. */
  async function until(event: Promise<unknown>): Promise<void> {
    let isOver = false;
    void event.then(() => (isOver = true));
    while (!isOver) {
      await isWell();
      await Promise.race([event, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }

  it('lets go of a client that is half gone: it took a place and answers no ping', async () => {
    const socket = await raw(opening('/v1/live'), text(start));
    socket.resume();
    await until(once(socket, 'close'));
    assert.equal((await isWell()).sessions.open, 1);
    assert.equal(fakes.all.at(-1)?.outcome, 'aborted');
  });

  it('holds little for a client that speaks and never reads, and lets it go', async () => {
    const socket = await raw(opening('/v1/live'), text(start));
    await once(socket, 'data');
    socket.pause();
    const chunk = frame(2, silence(0.0005));
    for (let i = 0; i < 2000; i++) socket.write(chunk);
    const slow = fakes.all.at(-1)!;
    while (slow.outcome === 'open') await isWell();
    socket.destroy();
    // 2,000 texts of 60 kB each were there to be taken; what was taken lies in the buffers of the two sockets.
    assert.ok(slow.taken < 600, `${slow.taken} events of ${2 * slow.pushed} were taken`);
    assert.equal(slow.outcome, 'aborted');
  });

  it('closes 200 connections that send 10,000 malformed frames, each with a reason', async () => {
    const malformed = malformedFrames();
    const ends = Array.from({ length: 200 }, async (_, index) => {
      const socket = await raw(opening('/v1/live'), ...malformed(index, 50));
      const parts: Buffer[] = [];
      socket.on('data', (part: Buffer) => parts.push(part));
      await once(socket, 'close');
      return Buffer.concat(parts);
    });
    await until(Promise.all(ends));
    for (const heard of await Promise.all(ends)) {
      const after = heard.subarray(heard.indexOf('\r\n\r\n') + 4);
      const closing = after.lastIndexOf(Buffer.from([0x88]));
      assert.ok(closing >= 0, 'the server closes as the protocol wants it');
    }
    assert.equal((await isWell()).sessions.open, 1);
    assert.deepEqual(
      server.notes.filter((note) => /failed/.test(note)),
      [],
    );
  });

  it('says what is wrong with audio that was declared otherwise, and ends that session only', async () => {
    const wrong: [object, Buffer | string, string][] = [
      [{ sampleRate: 16_000 }, Buffer.alloc(3), 'malformed_audio'],
      [{ sampleRate: 16_000, encoding: 'float32' }, Buffer.alloc(6), 'malformed_audio'],
      [{ sampleRate: 16_000, encoding: 'float32' }, Buffer.from(Float32Array.of(0, NaN).buffer), 'malformed_audio'],
      [{ sampleRate: 16_000, encoding: 'float32' }, Buffer.from(Float32Array.of(1e30).buffer), 'malformed_audio'],
      [{ sampleRate: 16_000 }, JSON.stringify(start), 'malformed_message'],
      [{ sampleRate: 4000 }, '', 'malformed_message'],
      [{ sampleRate: 16_000, encoding: 'mp3' }, '', 'malformed_message'],
    ];
    for (const [declared, message, code] of wrong) {
      const talk = await talkLive(server.url, declared);
      talk.socket.send(message);
      assert.equal((await talk.next('error')).code, code);
      assert.equal(await talk.closed, 1008);
    }
    const large = await talkLive(server.url, { sampleRate: 16_000 });
    large.socket.send(Buffer.alloc(2 ** 21));
    assert.equal(await large.closed, 1009);
  });

  it('refuses a session too many with a reason, and takes the next when there is room', async () => {
    const others = [
      await talkLive(server.url, { sampleRate: 8000 }),
      await talkLive(server.url, { sampleRate: 48_000 }),
    ];
    for (const other of others) await other.next('ready');
    const refused = await talkLive(server.url, { sampleRate: 16_000 });
    const { code, message } = await refused.next('error');
    assert.equal(code, 'too_many_sessions');
    assert.match(message, /3 sessions are open/);
    assert.equal(await refused.closed, 1013);
    others[0]!.socket.close();
    await others[0]!.closed;
    await isWell();
    const next = await talkLive(server.url, { sampleRate: 16_000 });
    await next.next('ready');
    for (const talk of [others[1]!, next]) {
      talk.socket.close();
      await talk.closed;
    }
  });

  it('ends a session in which nothing comes any more, with what was heard', async () => {
    const talk = await talkLive(server.url, { sampleRate: 16_000 });
    talk.socket.send(silence(0.02));
    await until(talk.closed);
    assert.equal((await talk.next('error')).code, 'idle');
    assert.match(String((await talk.next('ended')).transcript), /^[0-9a-f-]{36}$/);
  });

  it('takes audio at the pace of speech, also of a client that sends a file at once', async () => {
    const talk = await talkLive(server.url, { sampleRate: 16_000 });
    await talk.next('ready');
    for (let i = 0; i < 40; i++) talk.socket.send(silence(0.5));
    while (fakes.all.at(-1)!.pushed < 7) await isWell();
    // 20 s were sent; 3 s may be ahead, and messages that were read with them.
    assert.ok(fakes.all.at(-1)!.pushed < 40);
    talk.socket.terminate();
    await talk.closed;
  });

  it('is up while 200 connections say nothing, or half of something, and closes them', async () => {
    const halves = ['', 'GET / HT', 'POST /v1/audio/transcriptions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le'];
    const sockets = await Promise.all(Array.from({ length: 200 }, (_, i) => raw(halves[i % halves.length]!)));
    const closed = sockets.map((socket) => {
      socket.resume();
      return once(socket, 'close');
    });
    await isWell();
    await until(Promise.all(closed));
  });

  it('takes no body larger than it said, and none that comes drop by drop', async () => {
    const head = { 'content-type': 'multipart/form-data; boundary=b' };
    const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
    const post = (path: string, headers: object) =>
      request({ port, host: '127.0.0.1', path, method: 'POST', agent: false, headers: { ...head, ...headers } }).on(
        'error',
        () => undefined,
      );
    const statusOf = async (sent: ReturnType<typeof post>): Promise<number | undefined> => {
      const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    };

    const announced = post('/v1/audio/transcriptions', { 'content-length': 10 * 2 ** 30 });
    announced.write(part);
    assert.equal(await statusOf(announced), 413);
    announced.destroy();

    const endless = post('/v1/audio/transcriptions', {});
    const answered = statusOf(endless);
    endless.write(part);
    for (let i = 0; i < 20; i++) endless.write(Buffer.alloc(10_000));
    assert.equal(await answered, 413);
    endless.destroy();

    const elsewhere = post('/v1/models', { 'content-type': 'application/json' });
    const refused = statusOf(elsewhere);
    elsewhere.write(Buffer.alloc(2 ** 21));
    assert.equal(await refused, 413);
    elsewhere.destroy();

    const dripping = post('/v1/audio/transcriptions', {});
    dripping.write(part);
    const drops = setInterval(() => dripping.write('0'), 50);
    const slow = statusOf(dripping);
    await until(slow);
    assert.equal(await slow, 408);
    clearInterval(drops);
    await isWell();
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`diglot-serve-${process.pid}-`)),
      [],
    );
  });
});

describe('the end of a server', () => {
  const folder = temporaryFolder();

  it('lets sessions tell what they heard, and takes no new ones', async () => {
    await writeTinyModel(folder);
    const fakes = fakeSessions();
    const server = await openServer({ model: folder, device: 'tfjs-cpu' }, fakes.open);
    const talk = await talkLive(server.url, { sampleRate: 16_000 });
    await talk.next('ready');
    talk.socket.send(silence(0.1));
    assert.match((await talk.next('final')).text, /^1字/);
    const closing = server.close();
    assert.equal((await talk.next('error')).code, 'server_closing');
    assert.notEqual((await talk.next('ended')).transcript, null);
    assert.equal(await talk.closed, 1000);
    await closing;
    assert.equal(fakes.all[0]?.outcome, 'ended');
    await assert.rejects(fetch(`${server.url}/health`));
  });
});
