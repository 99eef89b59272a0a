/** What a table of scores records of how its hypotheses were decoded: the resolved pipeline in the metadata of its schema. */
import { basename } from 'node:path';
import { PIPELINE } from '../tables/provenance.ts';

/** Options of a node by their names in pipelines. */
export type Options = Readonly<Record<string, unknown>>;

interface Node {
  readonly options: Options;
  /** Ids of the nodes that it reads. */
  readonly from: readonly string[];
}

/**
 * Options of the node that decoded: the nearest one, upstream of what wrote the table, that knows language terms.
 * @param file Name of the table, without folders.
 * @returns Null where no run is recorded, or none of its nodes wrote a file of that name.
 */
export function decodingOptions(metadata: ReadonlyMap<string, string>, file: string): Options | null {
  const nodes = nodesOf(metadata.get(PIPELINE) ?? '');
  const isWriter = ({ options: { path } }: Node): boolean => typeof path === 'string' && basename(path) === file;
  const wanted = [...nodes.values()].filter(isWriter).slice(0, 1);
  const seen = new Set(wanted);
  for (const { options, from } of wanted) {
    if ('rescore' in options && 'weight' in options) return options;
    for (const id of from) {
      const node = nodes.get(id);
      if (node === undefined || seen.has(node)) continue;
      seen.add(node);
      wanted.push(node);
    }
  }
  return null;
}

/** None for what is not a pipeline: the metadata of a file is not to be trusted. */
function nodesOf(text: string): ReadonlyMap<string, Node> {
  const { nodes } = objectOf(parsed(text));
  return new Map(
    Object.entries(objectOf(nodes)).map(([id, node]) => {
      const { with: options, from } = objectOf(node);
      return [id, { options: objectOf(options), from: idsIn(from) }];
    }),
  );
}

/** `encoder`, `work.errors`, a list of them, or an object with some for each port. */
function idsIn(from: unknown): readonly string[] {
  if (typeof from === 'string') return [from.replace(/\.\w+$/, '')];
  return Object.values(objectOf(from)).flatMap(idsIn);
}

function objectOf(value: unknown): Options {
  return typeof value === 'object' && value !== null ? (value as Options) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
