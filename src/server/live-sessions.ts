/** The live sessions of a server: how many there may be, what they run, and how they end when the server does. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { check } from '../graphs/check.ts';
import { pictureOf, type Picture } from '../graphs/drawing/picture.ts';
import { formatFault } from '../graphs/faults.ts';
import { loadPipelines } from '../graphs/load.ts';
import type { Plan } from '../graphs/plan.ts';
import { openSession, type Session } from '../graphs/open-session.ts';
import type { GraphPicture, StartMessage } from './messages.ts';
import type { MeasuredNode } from './metrics.ts';
import { RequestError } from './request-error.ts';
import type { ComputePrecision } from '../whisper/weights.ts';
import type { ServerOptions } from './server-options.ts';
import { modelParameters } from './transcribe-recording.ts';

const pipeline = fileURLToPath(new URL('../../pipelines/live.json', import.meta.url));

/** One session, as the others know it. */
export interface Member {
  session(): Session | null;
  /** Takes no more audio, tells what was heard, says why. */
  finish(reason: RequestError): void;
}

export interface LiveSessions {
  readonly open: number;
  /** The nodes of all graphs. */
  nodes(): readonly MeasuredNode[];
  /** The declared languages where a client names no others, in the order of every list of probabilities. */
  readonly languages: readonly string[];
  /** What the networks of sessions compute in. */
  readonly precision: ComputePrecision;
  readonly picture: GraphPicture;
  /** @throws RequestError 503 where there are as many as may be. */
  enter(member: Member): { readonly name: string; readonly leave: () => void };
  /** Opens the graph of a session. */
  start(name: string, message: StartMessage): Promise<Session>;
  /** Lets nobody in any more, and waits until all have ended. */
  close(): Promise<void>;
}

/** Seconds in which sessions may tell what they heard when the server ends. */
const FAREWELL = 20;

/**
 * @param open Opens a session's graph.
 * @throws UsageError `pipeline` when the live pipeline has faults.
 */
export async function openLiveSessions(options: ServerOptions, open: typeof openSession): Promise<LiveSessions> {
  const [loaded] = await loadPipelines(pipeline, { parameters: { source: 'program' } });
  const declared = new Set(loaded!.params.map(({ name }) => name));
  const { plan, faults } = check(loaded!);
  if (plan === null) throw new UsageError('pipeline', faults.map(formatFault).join('\n'));
  const own = Object.fromEntries(Object.entries(modelParameters(options)).filter(([name]) => declared.has(name)));
  const optionOf = (name: string): unknown =>
    plan.nodes.map((node) => node.options[name]).find((value) => value !== undefined && value !== null);
  const members = new Map<string, Member>();
  let closing = false;
  let emptied: () => void = () => undefined;
  return {
    get open() {
      return members.size;
    },
    nodes: () => [...members.values()].flatMap((member) => member.session()?.status().nodes ?? []),
    languages: (optionOf('languages') as string[] | undefined) ?? ['zh', 'en'],
    precision: (optionOf('precision') as ComputePrecision | undefined) ?? 'f32',
    picture: withoutIdle(pictureOf(plan), plan),
    enter(member) {
      if (closing) throw new RequestError(503, 'server_closing', 'The server is ending; try again later.');
      if (members.size >= options.limits.sessions) {
        const message = `${members.size} sessions are open, which is as many as this server holds; try again later.`;
        throw new RequestError(503, 'too_many_sessions', message);
      }
      const name = randomUUID();
      members.set(name, member);
      return {
        name,
        leave: () => {
          members.delete(name);
          if (members.size === 0) emptied();
        },
      };
    },
    start: (name, { languages }) =>
      open({
        name: `live-${name.slice(0, 8)}`,
        pipeline,
        note: options.note,
        parameters: {
          ...own,
          ...asked(declared, languages),
        },
      }),
    async close() {
      closing = true;
      const empty = new Promise<void>((resolve) => (emptied = resolve));
      if (members.size === 0) return;
      const reason = new RequestError(503, 'server_closing', 'The server is ending; this is what was heard by now.');
      for (const member of members.values()) member.finish(reason);
      await Promise.race([empty, new Promise((resolve) => setTimeout(resolve, 1000 * FAREWELL).unref())]);
    },
  };
}

/**
 * The graph as its file has it: without the node that collects error rows, into which every other leads, and without nodes
 * that would write a file and were told none.
 */
function withoutIdle({ name, nodes, edges }: Picture, plan: Plan): GraphPicture {
  const idle = plan.nodes.filter(({ options }) => options['path'] === null).map(({ id }) => id);
  const drawn = nodes.filter(({ id, implicit, role }) => !implicit && !(role === 'sink' && idle.includes(id)));
  const isDrawn = (id: string): boolean => drawn.some((node) => node.id === id);
  return { name, nodes: drawn, edges: edges.filter(({ from, to }) => isDrawn(from) && isDrawn(to)) };
}

/** @throws RequestError 400 for what the pipeline of live sessions cannot be told. */
function asked(declared: ReadonlySet<string>, languages: readonly string[] | undefined): Record<string, string> {
  if (languages === undefined) return {};
  if (declared.has('languages')) return { languages: JSON.stringify(languages) };
  throw new RequestError(
    400,
    'invalid_field',
    'The languages of live sessions of this server are given; leave them out.',
  );
}
