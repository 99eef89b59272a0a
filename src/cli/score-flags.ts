/** What `diglot score` was asked, as its command line says it. */
import type { TextFormat } from '../manifests/texts/read-texts.ts';
import type { MissingPolicy } from './score-systems.ts';

export interface ScoreFlags {
  readonly reference: string;
  readonly hypothesis: readonly string[];
  readonly profile: string;
  readonly languages: string;
  readonly missing: MissingPolicy;
  readonly referenceFormat?: TextFormat;
  readonly hypothesisFormat?: TextFormat;
  readonly by: 'utterance' | 'speaker';
  readonly bootstrap: number;
  readonly seed: number;
  readonly switchWindow: number;
  /** True where it was given without a count. */
  readonly alignment?: true | number;
  readonly json?: boolean;
  readonly perUtterance?: string;
  readonly trn?: string;
}
