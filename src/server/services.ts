/** What the routes of one server share. */
import type { KeptTranscripts } from './kept-transcripts.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { Metrics } from './metrics.ts';
import type { Places } from './places.ts';
import type { ServerOptions } from './server-options.ts';

export interface Services {
  readonly options: ServerOptions;
  /** For the recognition of uploads. */
  readonly places: Places;
  readonly sessions: LiveSessions;
  readonly kept: KeptTranscripts;
  readonly metrics: Metrics;
}
