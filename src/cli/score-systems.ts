/** Reads references and the hypotheses of systems, and scores what belongs together. */
import { basename } from 'node:path';
import { RecordError, UsageError } from '../errors.ts';
import { hypothesisOf } from '../manifests/texts/plain-hypothesis.ts';
import { joinNumberedPieces } from '../manifests/texts/numbered-pieces.ts';
import { pairTexts, tableOfTexts, type TextTable } from '../manifests/texts/pair-texts.ts';
import { readTexts, type TextFormat } from '../manifests/texts/read-texts.ts';
import type { UtteranceText } from '../manifests/texts/utterance-text.ts';
import type { Score } from '../records.ts';
import type { Profile } from '../scoring/profiles/profile.ts';
import { scoreHypothesis } from '../scoring/score-hypothesis.ts';

/** What becomes of a reference without a hypothesis: not scored and a fault, scored as all deleted, or left out. */
export const missingPolicies = ['error', 'empty', 'skip'] as const;
export type MissingPolicy = (typeof missingPolicies)[number];

export interface ScoringRequest {
  readonly reference: string;
  readonly referenceFormat: TextFormat | null;
  readonly hypotheses: readonly string[];
  readonly hypothesisFormat: TextFormat | null;
  readonly profile: Profile;
  readonly languages: readonly string[];
  readonly switchWindow: number;
  readonly missing: MissingPolicy;
}

export interface ScoredSystem {
  readonly name: string;
  readonly path: string;
  /** In the order of the references. */
  readonly scores: readonly Score[];
  /** Lines that cannot be read, ids that come twice, texts too long to align. */
  readonly faults: readonly RecordError[];
  /** Ids of references without a hypothesis, and of hypotheses without a reference. */
  readonly withoutHypothesis: readonly string[];
  readonly withoutReference: readonly string[];
  readonly isByFileName: boolean;
}

export interface Scored {
  readonly references: TextTable;
  readonly systems: readonly ScoredSystem[];
}

/** @throws UsageError `texts` when a file cannot be read, or a side holds no text at all. */
export async function scoreSystems(request: ScoringRequest): Promise<Scored> {
  const { reference, referenceFormat, hypotheses, hypothesisFormat } = request;
  const references = await tableOfTexts(readTexts(reference, 'reference', referenceFormat));
  requireTexts(reference, references);
  const names = systemNames(hypotheses);
  const systems: ScoredSystem[] = [];
  for (const [at, path] of hypotheses.entries()) {
    const texts = await tableOfTexts(readTexts(path, 'hypothesis', hypothesisFormat));
    requireTexts(path, texts);
    const whole = joinNumberedPieces(texts, references.texts);
    systems.push(scoreSystem(names[at]!, path, references, whole, request));
  }
  return { references, systems };
}

function scoreSystem(
  name: string,
  path: string,
  references: TextTable,
  { texts, faults }: TextTable,
  { profile, languages, switchWindow, missing }: ScoringRequest,
): ScoredSystem {
  const { pairs, withoutHypothesis, withoutReference, isByFileName } = pairTexts(references.texts, texts);
  const hypothesisOfId = new Map(pairs.map(([reference, hypothesis]) => [reference.id, hypothesis]));
  const scores: Score[] = [];
  const refused: RecordError[] = [];
  for (const reference of references.texts.values()) {
    const found = hypothesisOfId.get(reference.id) ?? (missing === 'empty' ? { ...reference, text: '' } : null);
    if (found === null) continue;
    try {
      const hypothesis = hypothesisOf(found, reference, languages);
      scores.push(scoreHypothesis(hypothesis, reference.text, { profile, languages, switchWindow, system: name }));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      refused.push(new RecordError(error.code, `${found.place}: ${error.message}`, { id: reference.id, cause: error }));
    }
  }
  const idsOf = (list: readonly UtteranceText[]): string[] => list.map(({ id }) => id);
  return {
    name,
    path,
    scores,
    faults: [...faults, ...refused],
    withoutHypothesis: idsOf(withoutHypothesis),
    withoutReference: idsOf(withoutReference),
    isByFileName,
  };
}

function requireTexts(path: string, { texts, faults: [fault] }: TextTable): void {
  if (texts.size > 0) return;
  throw new UsageError('texts', fault?.message ?? `${path} holds no text; name a file with an utterance a line.`);
}

/** Names of files without ending; whole paths where two of them are alike. */
function systemNames(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path).replace(/(\.scores)?\.[^.]*$/, '') || path);
  return new Set(names).size === names.length ? names : [...paths];
}
