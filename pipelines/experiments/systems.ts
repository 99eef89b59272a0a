/**
 * What every experiment has in common: one corpus is read, heard and encoded once, and several systems decode it side by
 * side, each into its own table of scores. The parameters are those of `pipelines/evaluate.json`.
 */
import { definePipeline, type PipelineFile } from 'diglot';

/** A way to recognise: an operator that reads encodings and languages, and its options. */
export interface System {
  readonly op?: 'beam-search' | 'force-reference';
  /** `detected`: heard, among zh and en. `true`: told by the reference. */
  readonly language?: 'detected' | 'true';
  readonly with?: Readonly<Record<string, unknown>>;
  /** Options under which the reference is held against the model as well; left out, it is not. */
  readonly measure?: Readonly<Record<string, unknown>>;
}

/** Systems that share a run: what is encoded once for them is lost once when a run is interrupted. */
const TOGETHER = 4;

/** No sampling at higher temperatures: it hides what the search did. */
export const searchOnly = { temperature: [0] };

/** A beam of 5 over both prompts, mixed by what the calibrator says. */
export const weighedBy = (calibrator: string, options: System['with'] = {}): System => ({
  with: { ...searchOnly, languagePrompt: 'mixture', rescore: 'plain', guard: false, calibrator, ...options },
});

/**
 * Pipelines of at most four systems each. With `--only-missing` a run that was interrupted goes on where tables are missing.
 * @param systems By name, as reports show it; told the reference, it begins with `oracle`.
 * @param adapter Folders of adapters that are added to the model of all of them.
 */
export function experiment(
  name: string,
  systems: Readonly<Record<string, System>>,
  adapter: readonly string[] = [],
): PipelineFile[] {
  const entries = Object.entries(systems);
  const parts = Array.from({ length: Math.ceil(entries.length / TOGETHER) }, (_, at) =>
    entries.slice(at * TOGETHER, (at + 1) * TOGETHER),
  );
  return parts.map((part, at) => pipelineOf(`${name}-${at + 1}`, part, adapter));
}

function pipelineOf(
  name: string,
  systems: readonly (readonly [string, System])[],
  adapter: readonly string[],
): PipelineFile {
  const model = { model: '${params.model}', device: '${params.device}', precision: '${params.precision}', adapter };
  const listen = (to: System['language']): boolean => systems.some(([, { language = 'detected' }]) => language === to);
  return definePipeline({
    name,
    summary: `Evaluates ${systems.map(([system]) => system).join(', ')}.`,
    inFlight: 4,
    plugins: ['./reference-language.ts'],
    params: {
      files: { type: 'path[]', required: true, describe: 'Manifests with audio paths and texts.' },
      root: { type: 'path', describe: "Folder that relative audio paths start from. Default: the manifest's own." },
      among: { type: 'string[]', describe: 'Languages of the utterances to take, as the manifest spells them.' },
      except: { type: 'string[]', describe: 'Ids of utterances to leave out; * stands for any characters.' },
      share: { type: 'number', describe: 'Share of the utterances to take, 0 to 1.' },
      out: { type: 'path', required: true, describe: 'Folder for the tables.', short: 'o' },
      model: { type: 'string', default: 'whisper-base-int8', describe: 'Whisper model.', short: 'm' },
      device: { type: 'string', default: 'auto', describe: 'What computes.' },
      precision: { type: 'string', default: 'int8', describe: 'Numbers that the device cpu multiplies: f32 or int8.' },
      window: { type: 'string', default: 'full', describe: 'Audio that is encoded at a time: full or fit.' },
    },
    nodes: {
      files: { op: 'read-manifest', with: { paths: '${params.files}', root: '${params.root}' } },
      wanted: {
        op: 'filter',
        from: 'files',
        with: {
          reference: 'present',
          languages: '${params.among}',
          exceptIds: '${params.except}',
          share: '${params.share}',
        },
      },
      audio: { op: 'read-audio', from: 'wanted' },
      mono: { op: 'resample', from: 'audio', with: { quality: 'swresample' } },
      mel: { op: 'log-mel', from: 'mono', with: { model: '${params.model}' } },
      encoder: { op: 'encode', from: 'mel', with: { ...model, window: '${params.window}' } },
      ...(listen('detected') && {
        detected: { op: 'detect-language', from: 'encoder', with: { ...model, among: ['zh', 'en'] } },
      }),
      ...(listen('true') && { true: { op: 'reference-language', from: 'encoder' } }),
      ...Object.fromEntries(systems.flatMap(([system, made], at) => branch(system, made, `system-${at + 1}`, model))),
    },
  });
}

type Node = NonNullable<PipelineFile['nodes']>[string];

/** Nodes of one system, with their ids. */
function branch(
  system: string,
  { op = 'beam-search', language = 'detected', with: options = {}, measure }: System,
  id: string,
  model: Readonly<Record<string, unknown>>,
): readonly (readonly [string, Node])[] {
  const measured = `${id}-measured`;
  const evidence = { hypothesis: id, encoding: 'encoder', language };
  const table = (kind: string) => ({ path: `\${params.out}/${system}.${kind}.arrow` });
  return [
    [id, { op, from: { encoding: 'encoder', language }, with: { ...model, ...options } }],
    ...(measure === undefined
      ? []
      : [[measured, { op: 'score-reference', from: evidence, with: { ...model, ...measure } }] as const]),
    [`${id}-script`, { op: 'simplify', from: measure === undefined ? id : measured }],
    [`${id}-score`, { op: 'score', from: { hypothesis: `${id}-script`, waveform: 'mono' }, with: { system } }],
    [`${id}-hypotheses`, { op: 'write-arrow', from: `${id}-script`, with: table('hypotheses') }],
    [`${id}-scores`, { op: 'write-arrow', from: `${id}-score`, with: table('scores') }],
  ];
}
