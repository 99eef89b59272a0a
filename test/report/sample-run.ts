/** A folder of scored systems as an evaluation leaves it: real sentences, and hypotheses that are them with drawn mistakes. */
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { writeArrow } from '../../src/operators/write-arrow.ts';
import type { Hypothesis, Score, Segment, TokenScore, Word } from '../../src/records.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { randomNumbers } from '../support/tiny-model.ts';

const languages = ['zh', 'en'];
export const profile = await profileNamed('canonical');

/** What was said, and where; the first is in `fixtures/`, the others are not. */
const spoken = [
  ['fixtures/audio/cs_yesterday_zh_en.wav', 8.1, 'yesterday was 星期一 today is tuesday 明天是星期三'],
  ['fixtures/audio/mandarin-look-in-front.wav', 1.7, '看一下前面有什么东西'],
  ['fixtures/audio/english-jfk.flac', 11, 'and so my fellow americans ask not what your country can do for you'],
  ['missing/diet.opus', 5.5, '她最近在减肥 每天只吃 oatmeal 脸都变小了 我觉得不太 healthy'],
  ['missing/start.opus', 4, 'then i said okay 吧 下次轮到我 let us just start first'],
  ['missing/retire.opus', 3.5, '我爸爸最近 retire 了 他的新 plan 是钓鱼'],
] as const;

const wrongUnits = ['特', '殊', 'new', 'roman', '的'];

/** @param errorRate How probable a mistake is at each unit, 0 to 1. @param repeats How often each sentence is said. */
export function sampleScores(system: string, errorRate: number, seed: number, repeats = 4): Score[] {
  const next = randomNumbers(seed);
  const draw = (): number => (next() + 1) / 2;
  return Array.from({ length: repeats }, (_, round) =>
    spoken.map(([path, duration, reference], at): Score => {
      const origin = { path, start: 0, duration, reference, speaker: 'a', piece: null };
      const written = profile.units(reference).flatMap(({ text: unit }) => {
        if (draw() >= errorRate) return [unit];
        const kind = draw();
        const wrong = wrongUnits[Math.floor(draw() * wrongUnits.length)]!;
        return kind < 0.6 ? [wrong] : kind < 0.85 ? [] : [unit, wrong];
      });
      const hypothesis = hypothesisOf(`utterance-${at}-${round}`, origin, written, draw);
      return scoreHypothesis(hypothesis, reference, { profile, languages, switchWindow: 2, system });
    }),
  ).flat();
}

function hypothesisOf(
  id: string,
  origin: Hypothesis['origin'],
  units: readonly string[],
  draw: () => number,
): Hypothesis {
  const text = units.join(' ');
  const step = origin.duration / Math.max(1, units.length);
  const words = units.map((unit, at): Word => ({
    word: at === 0 ? unit : ` ${unit}`,
    start: at * step,
    end: (at + 0.9) * step,
    probability: 0.9,
  }));
  const tokenScores = words.map(({ word }): TokenScore => {
    const ofChinese = /\p{sc=Han}/u.test(word) ? 0.6 + 0.39 * draw() : 0.4 * draw();
    const logProbability = Math.log(0.3 + 0.7 * draw());
    return {
      token: 1,
      characters: Array.from(word).length,
      logProbability,
      score: logProbability,
      language: /\p{sc=Han}/u.test(word) ? 'zh' : 'en',
      internal: [0.9 * ofChinese, 0.9 * (1 - ofChinese), 0.1],
      external: [0.5 * (ofChinese + 0.5), 1 - 0.5 * (ofChinese + 0.5)],
    };
  });
  const segment: Segment = {
    start: 0,
    end: origin.duration,
    text,
    tokens: tokenScores.map(({ token }) => token),
    tokenScores,
    seek: 0,
    temperature: 0,
    averageLogProbability: -0.3,
    compressionRatio: 1,
    noSpeechProbability: 0,
    words,
  };
  return {
    kind: 'hypothesis',
    id,
    origin,
    model: 'sample',
    language: 'zh',
    languageProbability: null,
    languages,
    text,
    segments: [segment],
    languageSpans: [],
    guardedWindows: 0,
    nBest: null,
  };
}

export function writeScores(folder: string, name: string, scores: readonly Score[]): Promise<unknown> {
  return lastValueFrom(from(scores).pipe(writeArrow({ path: join(folder, `${name}.scores.arrow`) })));
}

/** Systems whose names differ in a weight, a baseline, and one that was told the reference. */
export async function writeSampleRun(folder: string, repeats = 4): Promise<ReadonlyMap<string, readonly Score[]>> {
  const systems = new Map<string, readonly Score[]>([
    ['baseline', sampleScores('baseline', 0.3, 1, repeats)],
    ...[0, 0.1, 0.3, 0.5, 1].map((weight, at): [string, Score[]] => [
      `mixture@${weight}`,
      sampleScores(`mixture@${weight}`, 0.3 - 0.3 * weight * (1.2 - weight), 10 + at, repeats),
    ]),
    ['internal@0', sampleScores('internal@0', 0.3, 1, repeats)],
    ['internal@0.3', sampleScores('internal@0.3', 0.33, 3, repeats)],
    ['oracle-prompt', sampleScores('oracle-prompt', 0.1, 4, repeats)],
  ]);
  for (const [name, scores] of systems) await writeScores(folder, name, scores);
  return systems;
}
