/** What a session tells, as the events of the wire. */
import type { NodeStatus, RunStatus } from '../graphs/report.ts';
import type { SessionEvent } from '../graphs/open-session.ts';
import type { EventOf, ServerEvent } from './messages.ts';

export function eventOf(record: SessionEvent): ServerEvent {
  switch (record.kind) {
    case 'partial':
    case 'final': {
      const { utterance, origin, text, words, confidence, emittedAt, heardUntil } = record;
      const fields = {
        utterance,
        start: origin.start,
        end: origin.start + origin.duration,
        text,
        words: words.map(({ word, start, end, probability, language, internal, external }) => ({
          word,
          start,
          end,
          probability: withinOne(probability),
          language,
          internal: [...internal],
          external: external === null ? null : [...external],
        })),
        confidence: withinOne(confidence),
        emittedAt,
        heardUntil,
      };
      return record.kind === 'partial'
        ? { type: 'partial', ...fields }
        : { type: 'final', ...fields, endsUtterance: record.endsUtterance };
    }
    case 'gap':
      return { type: 'gap', start: record.gap.start, duration: record.gap.duration };
    case 'activity': {
      const { origin, level, probability, speaking, lag } = record;
      return {
        type: 'level',
        at: origin.start + origin.duration,
        level,
        probability: withinOne(probability),
        speaking,
        lag,
      };
    }
  }
}

/** Probabilities are made of sums, which may end a little above 1. */
function withinOne(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}

export function graphEvent({ seconds, nodes }: RunStatus): EventOf<'graph'> {
  return { type: 'graph', seconds, nodes: nodes.map(nodeOf) };
}

function nodeOf({ id, taken, given, dropped, errors, waiting, active, busySeconds }: NodeStatus) {
  return { id, taken, given, dropped, errors, waiting, active, busySeconds };
}
