/**
 * A live session at work: takes speech as it comes, hears it again and again in a rolling window, and says which words are
 * final. It holds no stream: `hear` takes a chunk, `take` gives the texts that have come about.
 *
 * At most one window is being decoded at a time. By the clock (`aware`) that goes on beside the audio that comes meanwhile,
 * and the next window begins where the machine has time for it; `unaware` every step of audio is decoded before the next
 * chunk is taken, as if computing took no time, so that a recording always gives the same texts.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConvertScript } from '../language/script.ts';
import type { FinalText, PartialText, SpeechChunk } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { CommitPolicy } from './agreement.ts';
import { hearWindow, type Heard, type HeardWord, type HearingOptions } from './hear-window.ts';
import { finalText, partialText, type Saying } from './live-text.ts';
import { believe, saysAgain } from './made-up.ts';
import { RollingContext, type ContextOptions } from './rolling-context.ts';

export interface RecogniserOptions {
  readonly context: ContextOptions;
  /** How words are heard that may still change, and the last ones of an utterance. */
  readonly partial: HearingOptions;
  readonly final: HearingOptions;
  readonly policy: CommitPolicy;
  /** Seconds behind which a word becomes final whether texts agree on it or not. */
  readonly openSeconds: number;
  /** Seconds of new audio between the beginnings of two decodings, at least. */
  readonly stepSeconds: number;
  /** Seconds of silence behind which the utterance is decoded as if it were over, so that its end is there when it is. */
  readonly foresightSeconds: number;
  readonly computation: 'aware' | 'unaware';
  /** Seconds of undecoded audio at which new chunks must wait. */
  readonly mostLagSeconds: number;
  /** Words that are written differently and are the same: 'Today,' and ' today'. */
  readonly keyOf: (word: string) => string;
  /** Into the script that is read. */
  readonly convert: ConvertScript;
  /** Seconds, of any clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Recogniser {
  /** Rejects where decoding has failed; then the session is over. */
  hear(chunk: SpeechChunk): Promise<void>;
  /** Texts since the last call. */
  take(): (PartialText | FinalText)[];
  /** Seconds of speech that have been heard and not been decoded. */
  readonly lag: number;
  /** Resolves when all that was heard has been decoded. */
  settle(): Promise<void>;
}

/** An utterance that is spoken, or waits for its last text. Times are seconds from the beginning of the recording. */
interface Utterance {
  readonly number: number;
  readonly path: string;
  /** Where its audio begins. */
  readonly start: number;
  /** Where its audio ends; null while it is spoken. */
  end: number | null;
  endOfSpeech: number | null;
  heardUntil: number;
  /** Final texts so far. */
  texts: number;
  language: string | null;
}

/** Encoder positions in a second of audio. */
const POSITIONS_PER_SECOND = 50;
/** Seconds by which the place of a word may be rounded. */
const MOST_ROUNDING = 0.1;
/** Turns of the event loop without a chunk behind which no more audio waits on its way here. */
const QUIET_TURNS = 12;
/** Turns for which it is waited at most: who floods a session waits for its texts. */
const MOST_TURNS = 100;
/** Seconds of speech that the decoder may leave without a text of their own before it is asked again. */
const DEAF_SECONDS = 1;
/** Final words in which a loop is looked for. */
const MOST_KEYS = 36;

/** Why a window was given up: the utterance has fallen silent since it began, and is heard to its end instead. */
const SUPERSEDED = Symbol('superseded');

/** What was made of a window, as far as it can be used again. */
interface Decoded {
  readonly utterance: Utterance;
  readonly until: number;
  readonly heard: Heard;
}

export function createRecogniser(model: SpeechModel, options: RecogniserOptions): Recogniser {
  const { policy, now, signal } = options;
  /** Seconds that a window may hold: more is heard in several. */
  const most = Math.min(2 * options.context.longestSeconds, model.facts.audioPositions / POSITIONS_PER_SECOND);
  const longestSeconds = Math.min(options.context.longestSeconds, most / 2);
  const keptSeconds = Math.min(options.context.keptSeconds, longestSeconds / 2);
  const context = new RollingContext(model.facts.bands, { ...options.context, longestSeconds, keptSeconds });
  const utterances: Utterance[] = [];
  const texts: (PartialText | FinalText)[] = [];
  let clock: number | null = null;
  let decodedUntil = 0;
  /** The last decoding at final quality that nothing was said since. */
  let foreseen: Decoded | null = null;
  /** The window that is being decoded. */
  let current: { readonly utterance: Utterance; readonly until: number; readonly stop: AbortController } | null = null;
  // Once for all windows: signals that follow another stay with it, in some versions of Node.js for good.
  signal.addEventListener('abort', () => current?.stop.abort(signal.reason), { once: true });
  let working: Promise<void> = Promise.resolve();
  let isWorking = false;
  let failure: Error | null = null;
  /** That have come. */
  let chunks = 0;
  /** Tokens of the last partial text. */
  let draft: readonly number[] = [];
  /** Of the last final words, in which a loop may have begun. */
  let saidKeys: string[] = [];

  const heardUntil = (): number => utterances.at(-1)?.heardUntil ?? 0;
  const sayingOf = (utterance: Utterance, heard: Heard | null, until: number): Saying => ({
    path: utterance.path,
    utterance: utterance.number,
    place: utterance.texts + 1,
    language: heard?.language ?? utterance.language ?? options.final.languages[0]!,
    languages: heard?.languages ?? options.final.languages,
    emittedAt: now() - clock!,
    heardUntil: until,
    after: context.saidUntil,
    convert: options.convert,
  });

  /** What of a hearing may be shown at all. */
  const sound = (heard: Heard): readonly HeardWord[] => {
    const { words, isLoop } = believe(heard, saidKeys, options.keyOf);
    if (isLoop) context.forgetText();
    return heard.words.slice(0, words);
  };

  const decode = async (utterance: Utterance, until: number, hearing: HearingOptions): Promise<Heard> => {
    const { start, said, previous, saidUntil } = context;
    const { language } = utterance;
    signal.throwIfAborted();
    const stop = new AbortController();
    current = { utterance, until, stop };
    try {
      const heard = await hearWindow(
        model,
        context.cut(until, most),
        { start, said, previous, draft, saidUntil, language, signal: stop.signal },
        hearing,
      );
      decodedUntil = until;
      return heard;
    } finally {
      current = null;
    }
  };

  /** Gives up a window that was begun before its utterance fell silent: who waits for the end waits for that one. */
  const giveUpWhatIsOld = (utterance: Utterance): void => {
    const { endOfSpeech, heardUntil: until } = utterance;
    if (current?.utterance !== utterance || endOfSpeech === null || current.until >= endOfSpeech) return;
    // What one window cannot hold is heard in several, the first of which would only be begun again.
    if (until - context.start > most) return;
    if (silentFor(utterance, until) >= options.foresightSeconds) current.stop.abort(SUPERSEDED);
  };

  /** A decoding, and what of it may be shown. */
  const hearWords = async (
    utterance: Utterance,
    until: number,
    hearing: HearingOptions,
  ): Promise<{ readonly heard: Heard; readonly words: readonly HeardWord[] }> => {
    const heard = await decode(utterance, until, hearing);
    const words = sound(heard);
    const from = Math.max(utterance.start, context.saidUntil);
    const isDeaf =
      words.length === 0 ||
      saysAgain(
        words.map(({ word }) => options.keyOf(word)),
        saidKeys,
      );
    if (context.said.length === 0 || !isDeaf || until - silentFor(utterance, until) - from < DEAF_SECONDS) {
      return { heard, words };
    }
    // Behind a sentence the decoder takes the text for whole, or writes it once more, whoever speaks next.
    context.moveTo(from);
    policy.reset();
    draft = [];
    const anew = await decode(utterance, until, hearing);
    return { heard: anew, words: sound(anew) };
  };

  const commit = (utterance: Utterance, words: readonly HeardWord[], heard: Heard | null, until: number): void => {
    const isOver = utterance.end !== null && until >= utterance.end;
    const ending = isOver ? { endOfSpeech: utterance.endOfSpeech ?? until } : null;
    if (words.length === 0 && ending === null) return;
    texts.push(finalText(words, sayingOf(utterance, heard, until), model.tokenizer, ending));
    utterance.texts += 1;
    utterance.language = heard?.language ?? utterance.language;
    context.say(words);
    saidKeys = [...saidKeys, ...words.map(({ word }) => options.keyOf(word))].slice(-MOST_KEYS);
    foreseen = null;
  };

  /** A decoding of what is still spoken. */
  const hearOn = async (utterance: Utterance, until: number): Promise<void> => {
    const isForeseen = silentFor(utterance, until) >= options.foresightSeconds;
    const { heard, words } = await hearWords(utterance, until, isForeseen ? options.final : options.partial);
    const agreed = policy.hear(
      words.map(({ word, end }) => ({ key: options.keyOf(word), end })),
      until,
    );
    const isFull = until - context.start >= most - MOST_ROUNDING;
    // What texts do not agree on must not grow, or each hearing takes longer than the one before; and a full window must move.
    const open = isFull ? Math.min(options.openSeconds, keptSeconds) : options.openSeconds;
    const old = words.findLastIndex(({ end }) => end <= until - open) + 1;
    const said = Math.max(agreed, old);
    if (said > agreed) policy.reset();
    commit(utterance, words.slice(0, said), heard, until);
    const rest = { ...heard, words: words.slice(said) };
    draft = rest.words.flatMap(({ tokens }) => tokens);
    // Where nothing was heard in it, too.
    if (isFull && until - context.start >= most - MOST_ROUNDING) {
      context.moveTo(until - keptSeconds);
      draft = [];
    }
    if (isForeseen) foreseen = { utterance, until, heard: rest };
    texts.push(partialText(rest.words, sayingOf(utterance, rest, until), model.tokenizer));
  };

  /** The last text of an utterance. */
  const end = async (utterance: Utterance): Promise<void> => {
    const until = utterance.end!;
    const known = foreseen?.utterance === utterance && foreseen.until >= (utterance.endOfSpeech ?? Infinity);
    const { heard, words } = known
      ? { heard: foreseen!.heard, words: foreseen!.heard.words }
      : await hearWords(utterance, until, options.final);
    commit(utterance, words, heard, until);
    utterances.shift();
    policy.reset();
    draft = [];
  };

  /** What is to be done next; null where nothing is. */
  const next = (): (() => Promise<void>) | null => {
    const [utterance] = utterances;
    if (utterance === undefined) return null;
    const until = utterance.end ?? utterance.heardUntil;
    if (until - context.start > most) return () => hearOn(utterance, context.start + most);
    if (utterance.end !== null) return () => end(utterance);
    const silence = silentFor(utterance, until);
    const isDue =
      silence === 0
        ? until - decodedUntil >= options.stepSeconds
        : silence >= options.foresightSeconds && decodedUntil < until - silence + options.foresightSeconds - 1e-6;
    return isDue ? () => hearOn(utterance, until) : null;
  };
  /**
   * Native code computes in the turns of the event loop in which audio would be on its way, a chunk of which takes several.
   * So that decoding does not hold up what it waits for, what has come meanwhile is let in before the next window.
   */
  const letAudioIn = async (): Promise<void> => {
    for (let turn = 0, quiet = 0, seen = chunks; quiet < QUIET_TURNS && turn < MOST_TURNS; turn++, quiet++) {
      await nextTurn();
      if (chunks > seen) [quiet, seen] = [0, chunks];
    }
  };
  const work = async (): Promise<void> => {
    try {
      for (let job = next(); job !== null && !signal.aborted; job = next()) {
        await job().catch((thrown: unknown) => {
          if (thrown !== SUPERSEDED) throw thrown;
        });
        if (options.computation === 'aware') await letAudioIn();
      }
    } catch (thrown) {
      failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    isWorking = false;
  };
  const goOn = (): void => {
    if (isWorking || next() === null) return;
    isWorking = true;
    working = work();
  };
  const settle = async (): Promise<void> => {
    while (isWorking || (failure === null && !signal.aborted && next() !== null)) {
      goOn();
      await working;
    }
    if (failure !== null) throw failure;
  };

  return {
    get lag() {
      return Math.max(0, heardUntil() - Math.max(decodedUntil, context.start));
    },
    async hear({ origin, samples, utterance: number, endOfSpeech, endsUtterance }) {
      chunks += 1;
      const until = origin.start + origin.duration;
      clock ??= now() - until;
      if (number > 0) {
        let utterance = utterances.find((each) => each.number === number);
        if (utterance === undefined) {
          utterance = {
            number,
            path: origin.path,
            start: origin.start,
            end: null,
            endOfSpeech: null,
            heardUntil: until,
            texts: 0,
            language: null,
          };
          utterances.push(utterance);
          if (utterances.length === 1) decodedUntil = Math.max(decodedUntil, origin.start);
        }
        // A window that begins anew must not take the last text of the utterance before from under it.
        if (utterances.length > 1 && context.beginsAnew(origin.start)) await settle();
        context.push(samples, origin.start);
        Object.assign(utterance, { heardUntil: until, endOfSpeech, end: endsUtterance ? until : null });
        giveUpWhatIsOld(utterance);
      }
      goOn();
      if (options.computation === 'unaware') await settle();
      else if (utterances.length > 0 && heardUntil() - decodedUntil > options.mostLagSeconds) await working;
      if (failure !== null) throw failure;
    },
    take: () => texts.splice(0),
    settle,
  };
}

/** Seconds for which an utterance has been silent. */
function silentFor({ endOfSpeech }: Utterance, until: number): number {
  return endOfSpeech === null ? 0 : until - endOfSpeech;
}
