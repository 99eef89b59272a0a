/** N-best lists that are made up, for tests of what reads them. */
import type { Candidate, WindowCandidates } from '../../src/records.ts';

export const emptyList: WindowCandidates = {
  seek: 0,
  frames: 100,
  temperature: 0,
  noSpeechProbability: 0.1,
  timestampBegin: 50_364,
  powers: [],
  scoreNames: [],
  candidates: [],
};

/** What is known of a token: ln p, its class of zh, en and other, and a and q over these. */
export interface MadeToken {
  readonly logProbability: number;
  readonly language: 0 | 1 | 2;
  readonly internal: readonly [number, number, number];
  readonly external?: readonly [number, number, number];
  readonly token?: number;
  readonly characters?: number;
}

/** A candidate that ended; every token is plain text unless told otherwise. The last token is the end of text. */
export function candidateOf(text: string, tokens: readonly MadeToken[]): Candidate {
  const logProbabilities = Float64Array.from(tokens, ({ logProbability }) => logProbability);
  return {
    text,
    score: logProbabilities.reduce((sum, one) => sum + one, 0),
    ended: true,
    scores: new Float64Array(0),
    tokens: Int32Array.from(tokens, ({ token }, at) => token ?? at),
    characters: Int32Array.from(tokens, ({ characters }) => characters ?? 0),
    logProbabilities,
    tokenScores: logProbabilities.slice(),
    classes: Uint8Array.from(tokens, ({ language }) => language),
    internal: Float32Array.from(tokens.flatMap(({ internal }) => internal)),
    external: tokens.some(({ external }) => external === undefined)
      ? null
      : Float32Array.from(tokens.flatMap(({ external }) => external!)),
    begins: new Uint8Array(tokens.length).fill(1),
    exempt: new Float32Array(3 * tokens.length),
    powerSums: new Float64Array(0),
  };
}
