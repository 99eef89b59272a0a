/**
 * Searches the weights of stored n-best lists that have references: every language term under every policy. What JSON
 * cannot say is the loop over policies, each a node of its own; all of them go into one table, which `diglot report`
 * draws, and the best one into weights.json, which `diglot run rescore --weights` takes.
 *
 *     diglot run sweep --lists lists/dev --out sweeps/dev
 */
import { definePipeline } from 'diglot';

const policies = (['class', 'neutral'] as const).flatMap((otherPolicy) =>
  (['inherit', 'once'] as const).map((fragmentPolicy) => ({ otherPolicy, fragmentPolicy })),
);
const named = ({ otherPolicy, fragmentPolicy }: (typeof policies)[number]) => `${otherPolicy}-${fragmentPolicy}`;

export default definePipeline({
  name: 'sweep',
  summary: 'Searches the weights of language terms on stored n-best lists with references, without the model.',
  inFlight: 64,
  params: {
    lists: { type: 'path[]', required: true, describe: 'Tables with n-best lists and references, or folders of them.' },
    out: {
      type: 'path',
      default: 'diglot-runs/sweep',
      short: 'o',
      describe: 'Folder for sweep.arrow and weights.json.',
    },
    rescore: {
      type: 'string[]',
      describe: 'Language terms to try: internal, external, replace, published. Default: all that the lists allow.',
    },
    search: {
      type: 'string',
      default: 'grid',
      choices: ['grid', 'golden'],
      describe: 'Look at weights at equal distances (grid), or by golden section, which looks at fewer.',
    },
    from: { type: 'number', default: 0, minimum: 0, describe: 'Smallest weight; 0 is plain.' },
    to: { type: 'number', default: 2, describe: 'Largest weight.' },
    points: { type: 'integer', default: 41, minimum: 1, describe: 'grid: how many weights, both ends among them.' },
    tolerance: { type: 'number', default: 0.01, describe: 'golden: how near to the best weight, at most.' },
    lengthPenalties: {
      type: 'number[]',
      describe: 'Exponents of the length penalty to try, besides ranking by the mean over tokens.',
    },
    scoreWeights: {
      type: 'string[]',
      describe: 'Weights of scores that others gave the candidates, such as lm=0.3, or a range to try: lm=0:1:0.1.',
    },
    profile: { type: 'string', default: 'canonical', describe: 'Rule by which texts are folded and cut into units.' },
    by: {
      type: 'string',
      default: 'utterance',
      choices: ['utterance', 'speaker'],
      describe: 'What is drawn for the intervals: utterances, or all of a speaker together.',
    },
  },
  nodes: {
    lists: { op: 'read-arrow', with: { path: '${params.lists}' } },
    ...Object.fromEntries(
      policies.map((policy) => [
        named(policy),
        {
          op: 'sweep-weights',
          from: 'lists',
          with: {
            ...policy,
            rescore: '${params.rescore}',
            search: '${params.search}',
            from: '${params.from}',
            to: '${params.to}',
            points: '${params.points}',
            tolerance: '${params.tolerance}',
            lengthPenalties: '${params.lengthPenalties}',
            scoreWeights: '${params.scoreWeights}',
            profile: '${params.profile}',
            by: '${params.by}',
          },
        },
      ]),
    ),
    table: { op: 'write-arrow', from: policies.map(named), with: { path: '${params.out}/sweep.arrow' } },
    chosen: { op: 'write-weights', from: policies.map(named), with: { path: '${params.out}/weights.json' } },
  },
});
