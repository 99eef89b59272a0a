/**
 * Beam search as openai-whisper does it (whisper/decoding.py, `BeamSearchDecoder`): the best `beamSize` unended sequences
 * live on; a sequence that ends while it ranks among them is a candidate; the search is over when there are
 * `beamSize` x `patience` candidates (Kasai et al. 2022, arXiv 2204.05424). With a beam of 1 it is greedy search.
 */
import { tokenAt } from '../language/token-row.ts';
import { largest } from './log-probabilities.ts';
import { cutOff, ended, type Candidate, type Extension, type Search } from './search.ts';

export interface BeamOptions {
  readonly beamSize: number;
  /** 1 is none: stop at the first `beamSize` candidates. */
  readonly patience: number;
  readonly endOfText: number;
}

export function beamSearch({ beamSize, patience, endOfText }: BeamOptions): Search {
  const most = Math.max(1, Math.round(beamSize * patience));
  const found: Candidate[] = [];
  // One more than the beam, because one of them may be the end.
  const ranks = beamSize + 1;
  return {
    ranks,
    whole: false,
    advance(paths, rows) {
      const choices: Extension[] = [];
      paths.forEach(({ score }, parent) => {
        const scored = rows[parent]!;
        const { row, normaliser } = scored;
        for (const place of largest(row.values, ranks)) {
          const choice = { token: tokenAt(row, place), score: score + (row.values[place]! - normaliser) };
          choices.push({ parent, ...choice, row: scored });
        }
      });
      choices.sort((a, b) => b.score - a.score);
      const extensions: Extension[] = [];
      for (const choice of choices) {
        if (choice.token !== endOfText) extensions.push(choice);
        else if (found.length < most) found.push(ended(paths[choice.parent]!, choice));
        if (extensions.length === beamSize) break;
      }
      return { extensions, complete: found.length >= most };
    },
    candidates(live) {
      const missing = Math.max(0, beamSize - found.length);
      const byScore = [...live].sort((a, b) => a.score - b.score).reverse();
      return [...found, ...byScore.slice(0, missing).map(cutOff)];
    },
  };
}
