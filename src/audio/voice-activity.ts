/**
 * From the speech probability of short frames to stretches of speech. Whatever gave the probabilities, the steps are the
 * same: hysteresis, silences too short to count are closed, stretches too short to count are dropped, stretches too long
 * are cut at their longest silence, and each is given some room on both sides.
 */

/** Samples at 16 kHz under one probability: 32 ms. */
export const VOICE_FRAME = 512;
const FRAME_SECONDS = VOICE_FRAME / 16_000;

export interface VoiceActivityOptions {
  /** Probability at which speech begins; it ends at 0.15 less. */
  readonly threshold: number;
  /** Seconds: shorter speech is dropped. */
  readonly minSpeechSeconds: number;
  /** Seconds: a shorter silence does not end a stretch. */
  readonly minSilenceSeconds: number;
  /** Seconds left on either side of a stretch. */
  readonly padSeconds: number;
  /** Seconds: longer stretches are cut, room on both sides included. */
  readonly maxSeconds: number;
}

/** Samples `start` to `end` (not included). */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Frames `start` to `end` (not included) that are above the threshold, and the silences inside that were closed. */
interface Run extends Stretch {
  readonly silences: readonly Stretch[];
}

/** Seconds by which the threshold for going on with speech lies under that for its beginning. */
const HYSTERESIS = 0.15;

/**
 * Finds the stretches of speech.
 *
 * @param probabilities Of speech, one for every `VOICE_FRAME` samples.
 * @param samples Length of the recording at 16 kHz.
 * @returns In order, not overlapping, inside the recording, at most `maxSeconds` long.
 */
export function speechStretches(
  probabilities: Float32Array,
  samples: number,
  { threshold, minSpeechSeconds, minSilenceSeconds, padSeconds, maxSeconds }: VoiceActivityOptions,
): Stretch[] {
  const most = Math.max(1, Math.floor((maxSeconds - 2 * padSeconds) / FRAME_SECONDS));
  const runs = closeSilences(voicedRuns(probabilities, threshold), minSilenceSeconds / FRAME_SECONDS)
    .filter(({ start, end }) => (end - start) * FRAME_SECONDS >= minSpeechSeconds)
    .flatMap((run) => cut(run, most, probabilities));
  const pad = Math.round(padSeconds * 16_000);
  return runs.map(({ start, end }, i) => {
    const before = (runs[i - 1]?.end ?? -Infinity) * VOICE_FRAME;
    const after = (runs[i + 1]?.start ?? Infinity) * VOICE_FRAME;
    const from = start * VOICE_FRAME;
    const to = end * VOICE_FRAME;
    // Neighbours that are nearer than their room share what lies between them.
    return {
      start: Math.max(0, from - Math.min(pad, Math.floor((from - before) / 2))),
      end: Math.min(samples, to + Math.min(pad, Math.ceil((after - to) / 2))),
    };
  });
}

function voicedRuns(probabilities: Float32Array, threshold: number): Stretch[] {
  const runs: Stretch[] = [];
  const leave = Math.max(threshold - HYSTERESIS, 0.01);
  let start = -1;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!;
    if (start < 0 && probability >= threshold) start = i;
    if (start >= 0 && probability < leave) {
      runs.push({ start, end: i });
      start = -1;
    }
  }
  if (start >= 0) runs.push({ start, end: probabilities.length });
  return runs;
}

function closeSilences(runs: readonly Stretch[], least: number): Run[] {
  const closed: { start: number; end: number; silences: Stretch[] }[] = [];
  for (const { start, end } of runs) {
    const last = closed.at(-1);
    if (last !== undefined && start - last.end < least) {
      last.silences.push({ start: last.end, end: start });
      last.end = end;
    } else {
      closed.push({ start, end, silences: [] });
    }
  }
  return closed;
}

/** Pieces of at most `most` frames: cut out the longest silence within reach, or cut where speech is least probable. */
function cut(run: Run, most: number, probabilities: Float32Array): Stretch[] {
  const pieces: Stretch[] = [];
  let { start } = run;
  while (run.end - start > most) {
    const reach = start + most;
    const silences = run.silences.filter((silence) => silence.start > start && silence.start <= reach);
    let gap = { start: reach, end: reach };
    if (silences.length > 0) {
      gap = silences.reduce((best, silence) => (silence.end - silence.start > best.end - best.start ? silence : best));
    } else {
      const from = start + Math.ceil(most / 2);
      for (let i = from; i <= reach; i++) if (probabilities[i]! < probabilities[gap.start]!) gap = { start: i, end: i };
    }
    pieces.push({ start, end: gap.start });
    start = gap.end;
  }
  return [...pieces, { start, end: run.end }];
}

/** Decibels of a recording's range under which it is taken to be of one kind throughout. */
const STEADY_RANGE = 12;
/** Decibels under full scale of the loudest frames of what is taken for silence. */
const SILENCE = -55;

/**
 * A stand-in for a trained detector, from loudness alone: how far each frame lies between the recording's noise floor
 * and its loud frames, on a scale of decibels. It hears loud noise as speech, and a steady recording as speech throughout.
 *
 * @param samples In [-1, 1] at 16 kHz.
 */
export function energyProbabilities(samples: Float32Array): Float32Array {
  const levels = new Float32Array(Math.ceil(samples.length / VOICE_FRAME));
  for (let frame = 0; frame < levels.length; frame++) {
    const start = frame * VOICE_FRAME;
    const end = Math.min(samples.length, start + VOICE_FRAME);
    let energy = 0;
    for (let i = start; i < end; i++) energy += samples[i]! * samples[i]!;
    levels[frame] = 10 * Math.log10(energy / (end - start) + 1e-9);
  }
  const sorted = levels.toSorted();
  const floor = sorted[Math.floor(sorted.length * 0.1)] ?? SILENCE;
  const loud = sorted[Math.floor(sorted.length * 0.95)] ?? SILENCE;
  if (loud < SILENCE) return levels.fill(0);
  if (loud - floor < STEADY_RANGE) return levels.fill(1);
  return levels.map((level) => Math.min(1, Math.max(0, (level - floor) / (loud - floor))));
}
