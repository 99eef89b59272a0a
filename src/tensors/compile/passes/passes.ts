/** The passes by name, in the order in which they run. Each can be left out, to measure and to test it. */
import type { Graph } from '../graph.ts';
import type { Pass } from '../rewrite.ts';
import { fuseAttention } from './attention.ts';
import { shareCommon } from './common-subexpressions.ts';
import { foldConstants } from './constant-folding.ts';
import { fuseGelu } from './gelu.ts';
import { dropIdentities } from './identities.ts';
import { int4Products } from './int4-products.ts';
import { fuseLayerNorm } from './layer-norm.ts';
import { fuseLogSoftmax } from './log-softmax.ts';
import { quantisedProducts } from './quantised-products.ts';

export const passes = {
  foldConstants,
  dropIdentities,
  shareCommon,
  fuseLayerNorm,
  fuseGelu,
  fuseLogSoftmax,
  fuseAttention,
  quantisedProducts,
  int4Products,
} as const satisfies Record<string, Pass>;
export type PassName = keyof typeof passes;

/** @param without Names of passes to leave out. */
export function improve(graph: Graph, without: readonly PassName[] = []): Graph {
  return (Object.keys(passes) as PassName[])
    .filter((name) => !without.includes(name))
    .reduce((improved, name) => passes[name](improved), graph);
}
