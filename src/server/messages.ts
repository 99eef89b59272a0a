/**
 * What goes over the wire of a live session, and what the page reads of an answer. One source for both ends: the server
 * checks what clients say by these schemas, the page what the server says.
 *
 * Audio itself travels as binary messages: samples of one channel, little-endian, in the encoding that `start` declares.
 */
import * as z from 'zod';

/** Seconds from the beginning of the recording, unless it says otherwise. */
const seconds = z.number();
const probability = z.number().min(0).max(1);
const languageCode = z
  .string()
  .min(2)
  .max(20)
  .regex(/^[a-z]+$/i);

const startMessage = z.strictObject({
  type: z.literal('start'),
  /** Hz of the audio that will come. */
  sampleRate: z.int().min(8000).max(192_000),
  /** `pcm16`: whole numbers of 16 bits. `float32`: from -1 to 1. */
  encoding: z.enum(['pcm16', 'float32']).default('pcm16'),
  /** Languages that may be spoken; default: zh and en. */
  languages: z.array(languageCode).min(1).max(8).optional(),
});
const endMessage = z.strictObject({ type: z.literal('end') });

/** What a client says: `start` first, `end` when no more audio will come. */
export const clientMessage = z.discriminatedUnion('type', [startMessage, endMessage]);
export type ClientMessage = z.output<typeof clientMessage>;
export type StartMessage = z.output<typeof startMessage>;

export const spokenWord = z.object({
  /** With the space before it, if there is one. */
  word: z.string(),
  start: seconds,
  end: seconds,
  probability,
  /** Code of a declared language, or `other`. */
  language: z.string(),
  /** Of each declared language, then of `other`: what the model thought at the word's first token. Null: not known. */
  internal: z.array(z.number()).nullable(),
  /** What a calibrator thought; null without one. */
  external: z.array(z.number()).nullable(),
});
export type SpokenWord = z.output<typeof spokenWord>;

const pictureNode = z.object({
  id: z.string(),
  operator: z.string(),
  role: z.enum(['source', 'step', 'sink']),
});
const picture = z.object({
  name: z.string(),
  nodes: z.array(pictureNode).readonly(),
  edges: z.array(z.object({ from: z.string(), to: z.string(), label: z.string() })).readonly(),
});
/** The graph of a session, to be drawn. Each node comes after those that it reads. */
export type GraphPicture = z.output<typeof picture>;

const readyEvent = z.object({
  type: z.literal('ready'),
  session: z.string(),
  /** The declared languages, in the order of every list of probabilities. */
  languages: z.array(z.string()),
  graph: picture,
});

const text = {
  /** From 1; an utterance ends where nobody speaks. */
  utterance: z.int(),
  start: seconds,
  end: seconds,
  text: z.string(),
  words: z.array(spokenWord),
  confidence: probability,
  /** By the clock of the session: when the text was ready. */
  emittedAt: seconds,
  /** How much had been heard by then. */
  heardUntil: seconds,
};
const partialEvent = z.object({ type: z.literal('partial'), ...text });
const finalEvent = z.object({ type: z.literal('final'), ...text, endsUtterance: z.boolean() });

const gapEvent = z.object({ type: z.literal('gap'), start: seconds, /** Seconds. */ duration: z.number() });

const levelEvent = z.object({
  type: z.literal('level'),
  at: seconds,
  /** Decibels under full scale: 0 at most, -100 for silence. */
  level: z.number(),
  /** Of speech. */
  probability,
  speaking: z.boolean(),
  /** Seconds of speech that were heard and are not decoded yet. */
  lag: z.number(),
});

const graphEvent = z.object({
  type: z.literal('graph'),
  /** Seconds since the session began. */
  seconds: z.number(),
  nodes: z.array(
    z.object({
      id: z.string(),
      /** Records, since the session began. */
      taken: z.int(),
      given: z.int(),
      dropped: z.int(),
      errors: z.int(),
      /** Records now. */
      waiting: z.int(),
      active: z.int(),
      /** Seconds with a record in work, since the session began. */
      busySeconds: z.number(),
    }),
  ),
});

const errorEvent = z.object({ type: z.literal('error'), code: z.string(), message: z.string() });

const endedEvent = z.object({
  type: z.literal('ended'),
  /** Name of the transcript, under which it can be fetched for a while; null where there is none. */
  transcript: z.string().nullable(),
  /** Seconds of audio that were heard. */
  audioSeconds: z.number(),
});

/** What the server says. */
export const serverEvent = z.discriminatedUnion('type', [
  readyEvent,
  partialEvent,
  finalEvent,
  gapEvent,
  levelEvent,
  graphEvent,
  errorEvent,
  endedEvent,
]);
export type ServerEvent = z.output<typeof serverEvent>;
export type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { type: T }>;
export type TextEvent = EventOf<'partial'> | EventOf<'final'>;

/** What the page reads of an answer in `verbose_json`; programs that know OpenAI's form find its fields in it too. */
export const verboseAnswer = z.object({
  duration: z.number(),
  text: z.string(),
  transcript: z.string(),
  languages: z.array(z.string()),
  segments: z.array(z.object({ start: seconds, end: seconds, text: z.string() })),
  words: z.array(spokenWord.extend({ text: z.string() })),
});

/** An answer that is an error. */
export const errorAnswer = z.object({ error: z.object({ message: z.string(), code: z.string() }) });

/** The forms in which a transcript can be fetched. */
export const downloadForms = ['txt', 'srt', 'vtt', 'json', 'arrow'] as const;
export type DownloadForm = (typeof downloadForms)[number];
