/**
 * What training gives: the untouched model (a), an adapter on cross-entropy (b), with the language loss (c), with the
 * variational loss as well (d), each decoded without and with language terms, and with a trained acoustic calibrator where
 * there is one. `scripts/train-experiment.sh` trains them first, into diglot-runs/training/.
 */
import { experiment, type System } from './systems.ts';

const trained = (run: string): string => `diglot-runs/training/${run}/adapter`;
const WEIGHT = 0.3;

/** @param calibrator Of the run that trained one; null leaves out what needs q. */
function decodings(row: string, calibrator: string | null): Record<string, System> {
  const plain = { languagePrompt: 'single', guard: false, rescore: 'plain' };
  const q = { ...plain, weight: WEIGHT, calibrator };
  const without: Record<string, System> = {
    [`${row}-plain`]: { with: plain },
    [`${row}-internal`]: { with: { ...plain, rescore: 'internal', weight: WEIGHT } },
  };
  if (calibrator === null) return without;
  const measure = { calibrator, languagePrompt: 'single', rescore: 'plain' };
  return {
    ...without,
    [`${row}-external`]: { with: { ...q, rescore: 'external' }, measure },
    [`${row}-replace`]: { with: { ...q, rescore: 'replace' } },
    [`${row}-published`]: { with: { ...q, rescore: 'published', weight: 1 } },
  };
}

const calibratorOf = (run: string): string => `${trained(run)}/calibrator.safetensors`;

export default [
  ...experiment('adapters-a', decodings('a-untouched', calibratorOf('calibrator'))),
  ...experiment('adapters-b', decodings('b-lora', null), [trained('lora')]),
  ...experiment('adapters-c', decodings('c-language', calibratorOf('language')), [trained('language')]),
  ...experiment('adapters-d', decodings('d-variational', calibratorOf('variational')), [trained('variational')]),
];
