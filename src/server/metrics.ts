/** What Prometheus is told: the process (prom-client's defaults), requests, live sessions, and the nodes of their graphs. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Places } from './places.ts';

export interface Metrics {
  request(route: string, status: number, seconds: number): void;
  /** Seconds of audio that were recognised. */
  audio(seconds: number, source: 'upload' | 'live'): void;
  /** An event that was sent to a live session, or left out because its reader is slow. */
  event(type: string, sent: boolean): void;
  /** Seconds from a word's end in the audio to its first text. */
  latency(seconds: number): void;
  /** Seconds of live audio that were not heard, because the graph could not follow. */
  gap(seconds: number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** What is looked at when somebody asks. */
export interface MeasuredNode {
  readonly id: string;
  readonly waiting: number;
  readonly active: number;
}

export function openMetrics(
  places: Places,
  sessions: { readonly open: number; nodes(): readonly MeasuredNode[] },
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'diglot_request_seconds',
    help: 'Time that requests took, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers,
  });
  const audio = new Counter({
    name: 'diglot_audio_seconds_total',
    help: 'Seconds of audio recognised.',
    labelNames: ['source'],
    registers,
  });
  const events = new Counter({
    name: 'diglot_events_total',
    help: 'Events of live sessions, sent or left out for a slow reader.',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const latency = new Histogram({
    name: 'diglot_word_latency_seconds',
    help: "Time from a word's end in the audio to its final text.",
    buckets: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
    registers,
  });
  const gaps = new Counter({
    name: 'diglot_gap_seconds_total',
    help: 'Live audio that was not heard, because the graph could not follow.',
    registers,
  });
  new Gauge({
    name: 'diglot_sessions',
    help: 'Live sessions now.',
    registers,
    collect() {
      this.set(sessions.open);
    },
  });
  new Gauge({
    name: 'diglot_uploads',
    help: 'Uploaded recordings now, recognised or waiting.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'running' }, places.taken);
      this.set({ state: 'waiting' }, places.waiting);
    },
  });
  new Gauge({
    name: 'diglot_node_records',
    help: 'Records in the nodes of live graphs, all sessions together.',
    labelNames: ['node', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { id, waiting, active } of sessions.nodes()) {
        this.inc({ node: id, state: 'waiting' }, waiting);
        this.inc({ node: id, state: 'active' }, active);
      }
    },
  });
  return {
    request: (route, status, seconds) => requests.observe({ route, status }, seconds),
    audio: (seconds, source) => audio.inc({ source }, seconds),
    event: (type, sent) => events.inc({ type, outcome: sent ? 'sent' : 'left_out' }),
    latency: (seconds) => latency.observe(seconds),
    gap: (seconds) => gaps.inc(seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
