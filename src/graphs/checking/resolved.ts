/** A plan written as a pipeline again: no parameters, no includes, every option said. Loading it gives the same plan. */
import type { PipelineFile } from '../pipeline-schema.ts';
import type { PlannedNode, PortReference } from '../plan.ts';

export function resolvedPipeline(name: string, inFlight: number, nodes: readonly PlannedNode[]): PipelineFile {
  return {
    name,
    inFlight,
    nodes: Object.fromEntries(
      nodes.map(({ id, operator, options, inputs, concurrency, onError }) => [
        id,
        {
          op: operator.description.name,
          ...(inputs.size === 0 ? {} : { from: fromOf(inputs) }),
          with: { ...options },
          ...(concurrency === 1 ? {} : { concurrency }),
          onError,
        },
      ]),
    ),
  };
}

type Named = string | string[];

function fromOf(inputs: PlannedNode['inputs']): Named | Record<string, Named> {
  const single = inputs.get('in');
  if (single && inputs.size === 1) return listOf(single);
  return Object.fromEntries([...inputs].map(([port, references]) => [port, listOf(references)]));
}

function listOf(references: readonly PortReference[]): Named {
  const names = references.map(({ node, port }) => (port === 'out' ? node : `${node}.${port}`));
  return names.length === 1 ? names[0]! : names;
}
