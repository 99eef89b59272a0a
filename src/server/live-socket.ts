/**
 * One live session over a WebSocket: `start` declares the audio, binary messages are it, `end` ends it. The first thing
 * that is wrong ends the session, with an event that says what; nothing that a client does reaches further than that.
 */
import type { WebSocket } from 'ws';
import type { Session } from '../graphs/open-session.ts';
import type { FinalText } from '../records.ts';
import { eventSender } from './event-sender.ts';
import { openPace, samplesOf } from './live-audio.ts';
import { eventOf, graphEvent } from './live-events.ts';
import { liveTranscript } from './live-transcript.ts';
import { clientMessage, type StartMessage } from './messages.ts';
import { RequestError, requestErrorOf } from './request-error.ts';
import type { Services } from './services.ts';

/** Codes of RFC 6455 by which a connection is closed. */
const CLOSE = { done: 1000, refused: 1008, failed: 1011, later: 1013 } as const;

/** Milliseconds between two looks at the graph. */
const GRAPH_PERIOD = 500;

/** Bytes of audio that may come before the graph is open. */
const MOST_EARLY = 4 * 2 ** 20;

/** Serves a client until the connection has closed. Throws nothing. */
export function serveLive(socket: WebSocket, { options, sessions, kept, metrics }: Services): void {
  const { limits, note } = options;
  const sender = eventSender(socket, limits, metrics);
  const timers = new Set<NodeJS.Timeout>();
  const early: Buffer[] = [];
  let earlyBytes = 0;
  let declared: StartMessage | null = null;
  let session: Session | null = null;
  /** Whether nothing more is heard: the client has ended, or something was wrong. */
  let over = false;
  let leave: () => void = () => undefined;
  let pace = openPace(Date.now);
  let lastHeard = Date.now();

  function fail(thrown: unknown): void {
    over = true;
    session?.abort();
    const error = requestErrorOf(thrown, limits.uploadBytes, note);
    sender.last({ type: 'error', code: error.code, message: error.message }, closeCode(error));
  }

  /** Ends the session in good order: what was heard is still told. */
  function finish(reason: RequestError | null): void {
    if (over) return;
    if (declared === null)
      return fail(reason ?? new RequestError(400, 'no_audio', 'The session ended before it began.'));
    if (reason !== null) void sender.send({ type: 'error', code: reason.code, message: reason.message });
    over = true;
    session?.end();
  }

  async function run(message: StartMessage): Promise<void> {
    declared = message;
    const place = sessions.enter({ session: () => session, finish });
    leave = place.leave;
    if (socket.readyState !== socket.OPEN) return leave();
    const opened = await sessions.start(place.name, message);
    session = opened;
    if (socket.readyState !== socket.OPEN) return opened.abort();
    const languages = [...(message.languages ?? sessions.languages)];
    void sender.send({ type: 'ready', session: place.name, languages, graph: sessions.picture });
    pace = openPace(Date.now);
    for (const bytes of early.splice(0)) hearAudio(bytes, opened, message);
    if (over) opened.end();
    timers.add(setInterval(() => sender.pass(graphEvent(opened.status())), GRAPH_PERIOD));
    timers.add(setTimeout(() => finish(tooLong(limits.sessionSeconds)), 1000 * limits.sessionSeconds));
    const finals: FinalText[] = [];
    for await (const record of opened.events) {
      if (socket.readyState !== socket.OPEN) return;
      const event = eventOf(record);
      if (event.type === 'level') {
        sender.pass(event);
        continue;
      }
      if (record.kind === 'final') {
        finals.push(record);
        for (const { end } of record.words) metrics.latency(record.emittedAt - end);
      } else if (record.kind === 'gap') metrics.gap(record.gap.duration);
      await sender.send(event);
    }
    if (socket.readyState !== socket.OPEN) return;
    over = true;
    const { audioSeconds } = pace;
    metrics.audio(audioSeconds, 'live');
    const made = liveTranscript(place.name, finals);
    void sender.send(graphEvent(opened.status()));
    sender.last({ type: 'ended', transcript: made && kept.keep(made), audioSeconds }, CLOSE.done);
  }

  function hearAudio(bytes: Buffer, into: Session, { encoding, sampleRate }: StartMessage): void {
    const samples = samplesOf(bytes, encoding);
    into.push(samples, sampleRate);
    const wait = pace.heard(samples.length / sampleRate);
    if (wait === 0 || socket.isPaused) return;
    socket.pause();
    const resume = setTimeout(() => {
      timers.delete(resume);
      lastHeard = Date.now();
      socket.resume();
    }, wait);
    timers.add(resume);
  }

  function hear(bytes: Buffer, isBinary: boolean): void {
    if (isBinary) {
      if (declared === null) throw malformed('Send "start" before any audio.');
      if (session !== null) return hearAudio(bytes, session, declared);
      early.push(bytes);
      earlyBytes += bytes.length;
      if (earlyBytes > MOST_EARLY) throw malformed('Wait for "ready" before so much audio.');
      return;
    }
    const parsed = clientMessage.safeParse(parse(bytes.toString('utf8')));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw malformed(`That is no message of a live session: ${issue?.path.join('.') || 'type'}: ${issue?.message}.`);
    }
    if (parsed.data.type === 'end') return finish(null);
    if (declared !== null) throw malformed('The session was started already.');
    void run(parsed.data).catch((thrown: unknown) => fail(thrown));
  }

  let answered = true;
  timers.add(
    setInterval(() => {
      if (socket.isPaused) return;
      if (!answered) return behindWhatCame(() => void (answered || socket.terminate()));
      answered = false;
      socket.ping();
    }, 1000 * limits.heartbeatSeconds),
  );
  const isIdle = (): boolean => Date.now() - lastHeard >= 1000 * limits.idleSeconds && !socket.isPaused;
  timers.add(
    setInterval(
      () => {
        if (isIdle()) behindWhatCame(() => void (isIdle() && finish(idle(limits.idleSeconds))));
      },
      Math.min(1000, 250 * limits.idleSeconds),
    ),
  );
  socket.on('message', (data, isBinary) => {
    answered = true;
    lastHeard = Date.now();
    if (over) return;
    try {
      hear(data as Buffer, isBinary);
    } catch (thrown) {
      fail(thrown);
    }
  });
  socket.on('pong', () => (answered = true));
  socket.on('error', () => undefined); // a broken frame: ws answers it and closes by itself
  socket.once('close', () => {
    over = true;
    for (const timer of timers) clearTimeout(timer);
    session?.abort();
    leave();
  });
}

/** A server that was busy itself first reads what has come meanwhile, before it blames a client for silence. */
function behindWhatCame(act: () => void): void {
  setImmediate(act);
}

function closeCode({ status }: RequestError): number {
  return status === 503 ? CLOSE.later : status >= 500 ? CLOSE.failed : CLOSE.refused;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function malformed(message: string): RequestError {
  return new RequestError(400, 'malformed_message', message);
}

function idle(seconds: number): RequestError {
  return new RequestError(408, 'idle', `Nothing was heard for ${seconds} s, so the session was ended.`);
}

function tooLong(seconds: number): RequestError {
  return new RequestError(
    408,
    'too_long',
    `A session lasts ${Math.round(seconds / 60)} minutes at most; open another.`,
  );
}
