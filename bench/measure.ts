/** Sides that take turns on the same clips, and what is left of their times. */
import { editDistance } from '../src/scoring/edit-distance.ts';
import type { Profile } from '../src/scoring/profiles/profile.ts';
import type { Clip, Recogniser } from './peers/recogniser.ts';
import type { Side } from './sides.ts';

export interface Measured {
  readonly side: string;
  /** Name with the version, as the program tells it. */
  readonly title: string;
  /** Seconds: clips x rounds, or one clip (the block) x blocks of a corpus. */
  readonly seconds: readonly (readonly number[])[];
  /** By clip id. */
  readonly texts: ReadonlyMap<string, string>;
  readonly stepMilliseconds: number | null;
}

export interface Skipped {
  readonly side: string;
  readonly reason: string;
}

interface Running {
  readonly side: Side;
  readonly recogniser: Recogniser;
  readonly seconds: number[][];
  readonly texts: Map<string, string>;
}

/** A side that needs longer for its first clip is measured once. */
const patience = 12;

/** Every side once to warm up, then round after round. */
export async function measureClips(
  sides: readonly Side[],
  clips: readonly Clip[],
  rounds: number,
  note: (line: string) => void,
): Promise<[Measured[], Skipped[]]> {
  return running(sides, note, async (open, drop) => {
    const slow = new Set<Running>();
    for (let round = -1; round < rounds; round++) {
      for (const [index, clip] of clips.entries()) {
        for (const one of [...open]) {
          if (round > 0 && slow.has(one)) continue;
          try {
            const { texts, seconds } = await one.recogniser.transcribe([clip]);
            one.texts.set(clip.id, texts[0]!);
            if (round < 0 && seconds > patience) slow.add(one);
            if (round >= 0) (one.seconds[index] ??= []).push(seconds);
          } catch (error) {
            await drop(one, error);
          }
        }
      }
      note(`round ${round + 1} of ${rounds}`);
    }
  });
}

/** The corpus in blocks; on each, the sides take turns. */
export async function measureCorpus(
  sides: readonly Side[],
  clips: readonly Clip[],
  blocks: number,
  note: (line: string) => void,
): Promise<[Measured[], Skipped[]]> {
  const size = Math.ceil(clips.length / blocks);
  return running(sides, note, async (open, drop) => {
    for (const one of [...open]) {
      await one.recogniser.transcribe(clips.slice(0, 2)).catch((error: unknown) => drop(one, error));
    }
    for (let begin = 0; begin < clips.length; begin += size) {
      const block = clips.slice(begin, begin + size);
      for (const one of [...open]) {
        const some = block.filter((_, index) => index % (one.side.corpus ?? 1) === 0);
        try {
          const { texts, seconds } = await one.recogniser.transcribe(some);
          some.forEach(({ id }, index) => one.texts.set(id, texts[index]!));
          (one.seconds[0] ??= []).push((seconds * block.length) / some.length);
        } catch (error) {
          await drop(one, error);
        }
      }
      note(`utterance ${Math.min(begin + size, clips.length)} of ${clips.length}`);
    }
  });
}

async function running(
  sides: readonly Side[],
  note: (line: string) => void,
  work: (open: Running[], drop: (one: Running, error: unknown) => Promise<void>) => Promise<void>,
): Promise<[Measured[], Skipped[]]> {
  const open: Running[] = [];
  const skipped: Skipped[] = [];
  const skip = (side: Side, error: unknown): void => {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    note(`${side.name}: ${reason}`);
    skipped.push({ side: side.name, reason });
  };
  for (const side of sides) {
    try {
      open.push({ side, recogniser: await side.open(), seconds: [], texts: new Map() });
      note(`${side.name} is there`);
    } catch (error) {
      skip(side, error);
    }
  }
  try {
    await work(open, async (one, error) => {
      open.splice(open.indexOf(one), 1);
      skip(one.side, error);
      await one.recogniser.close().catch(() => undefined);
    });
    const measured: Measured[] = [];
    for (const { side, recogniser, seconds, texts } of open) {
      const stepMilliseconds = await recogniser.stepMilliseconds();
      measured.push({ side: side.name, title: recogniser.name, seconds, texts, stepMilliseconds });
    }
    return [measured, skipped];
  } finally {
    for (const { recogniser } of open) await recogniser.close().catch(() => undefined);
  }
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  // Of an even number the mean of the middle two: with two blocks of a corpus the higher would flatter.
  const median = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** How many times `side` takes of `base`, clip by clip and round by round. */
export function ratios(side: Measured, base: Measured): Spread {
  const pairs = side.seconds.flatMap((times, clip) =>
    times.flatMap((time, round) =>
      base.seconds[clip]?.[round] === undefined ? [] : [time / base.seconds[clip][round]],
    ),
  );
  return spread(pairs);
}

export interface Errors {
  readonly errors: number;
  readonly units: number;
  readonly block: string;
}

/** Errors in the clips that have a reference and were heard. */
export function errorsOf(clips: readonly Clip[], texts: ReadonlyMap<string, string>, profile: Profile): Errors[] {
  const units = (text: string): string[] => profile.units(text).map(({ text }) => text);
  return clips.flatMap(({ id, reference }) => {
    const text = texts.get(id);
    if (reference === null || text === undefined) return [];
    const wanted = units(reference);
    return [{ errors: editDistance(wanted, units(text)), units: wanted.length, block: id }];
  });
}
