/**
 * Live sessions without a model, for tests of what is around them. For every chunk a meter reading and a final text that
 * tells how many chunks came by then; and counts of what the server took.
 */
import type { Session, SessionEvent, openSession } from '../../src/graphs/open-session.ts';
import type { RunReport, RunStatus } from '../../src/graphs/report.ts';
import type { FinalText } from '../../src/records.ts';

export interface FakeSession {
  readonly pushed: number;
  /** Events that the server has taken. */
  readonly taken: number;
  readonly outcome: 'open' | 'ended' | 'aborted';
}

export interface FakeSessions {
  readonly open: typeof openSession;
  /** In the order in which they were opened. */
  readonly all: readonly FakeSession[];
}

/** @param textLength Characters of each final text. */
export function fakeSessions(textLength = 10): FakeSessions {
  const all: FakeSession[] = [];
  const open = async (): Promise<Session> => {
    const fake = { pushed: 0, taken: 0, outcome: 'open' as FakeSession['outcome'] };
    all.push(fake);
    const queue: SessionEvent[] = [];
    let wake: () => void = () => undefined;
    let seconds = 0;
    let rate = 16_000;
    const add = (event: SessionEvent): void => {
      queue.push(event);
      wake();
    };
    const over = (outcome: FakeSession['outcome']): void => {
      if (fake.outcome === 'open') fake.outcome = outcome;
      wake();
    };
    async function* events(): AsyncGenerator<SessionEvent> {
      while (fake.outcome !== 'aborted') {
        const event = queue.shift();
        if (event !== undefined) {
          fake.taken += 1;
          yield event;
        } else if (fake.outcome === 'ended') return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    return {
      push(chunk, sampleRate) {
        rate = sampleRate;
        fake.pushed += 1;
        const duration = chunk.length / rate;
        const origin = { path: 'fake', start: seconds, duration, reference: null, speaker: null, piece: null };
        seconds += duration;
        add({ kind: 'activity', id: 'fake', origin, level: -20, probability: 1, speaking: true, lag: 0 });
        add(finalText(fake.pushed, String(fake.pushed).padEnd(textLength, '字'), origin, seconds));
      },
      end: () => over('ended'),
      abort: () => over('aborted'),
      events: { [Symbol.asyncIterator]: () => events() },
      status: () => ({ name: 'fake', seconds, nodes: [] }) as unknown as RunStatus,
      finished: Promise.resolve({} as RunReport),
    };
  };
  return { open, all };
}

function finalText(utterance: number, text: string, origin: FinalText['origin'], now: number): FinalText {
  const { start, duration } = origin;
  const word = {
    word: text,
    start,
    end: start + duration,
    probability: 1,
    language: 'zh',
    internal: [1, 0, 0],
    external: null,
  };
  return {
    kind: 'final',
    id: `fake#${utterance}/1`,
    origin,
    utterance,
    text,
    words: [word],
    language: 'zh',
    languages: ['zh', 'en'],
    languageSpans: [{ language: 'zh', text, start, end: start + duration, confidence: 1 }],
    confidence: 1,
    emittedAt: now,
    heardUntil: now,
    endsUtterance: true,
    endOfSpeech: start + duration,
  };
}
