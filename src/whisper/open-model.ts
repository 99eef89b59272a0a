/** What a model consists of before its weights are tensors, from a Hugging Face folder or a ggml file. */
import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { GraphCache } from '../tensors/compile/graph-cache.ts';
import { dimensionsOf, type Dimensions } from './dimensions.ts';
import { openGgml } from './ggml.ts';
import { keptHash } from './kept-hash.ts';
import { keptTokenizer } from './kept-tokenizer.ts';
import { openWeights, readConfig, readGenerationConfig, weightFiles } from './model-files.ts';
import type { ModelFacts } from './speech-model.ts';
import type { Tokenizer } from './tokenizer.ts';
import { vocabularyTokenizer } from './vocabulary-tokenizer.ts';
import type { WeightSource } from './weights.ts';

export interface OpenModel {
  readonly dimensions: Dimensions;
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  /** Must be closed. */
  readonly source: WeightSource;
}

/**
 * @param place Folder or file.
 * @param name As the user gave it, for `facts`.
 * @param cache Where the hash and the tokenizer are remembered for the next time; default nowhere.
 * @throws UsageError `model`, `weights` or `tokenizer` naming the file and the mend.
 */
export async function openModel(place: string, name: string, cache: GraphCache | null = null): Promise<OpenModel> {
  return (await stat(place)).isDirectory() ? openFolder(place, name, cache) : openFile(place, name, cache);
}

async function openFolder(folder: string, name: string, cache: GraphCache | null): Promise<OpenModel> {
  const config = await readConfig(folder);
  const generation = await readGenerationConfig(folder);
  const dimensions = dimensionsOf(config);
  const alignmentHeads = generation.alignment_heads ?? upperHeads(dimensions);
  const outside = alignmentHeads.find(
    ([layer, head]) => layer >= dimensions.decoderLayers || head >= dimensions.decoderHeads,
  );
  if (outside !== undefined) {
    throw new UsageError(
      'model',
      `${join(folder, 'generation_config.json')} has the alignment head [${outside.join(', ')}], and config.json ${dimensions.decoderLayers} layers of ${dimensions.decoderHeads} heads.`,
    );
  }
  const tokenizerPath = join(folder, 'tokenizer.json');
  const tokenizer = await keptTokenizer(await readBytes(tokenizerPath), tokenizerPath, cache);
  const source = await openWeights(folder);
  try {
    const facts: ModelFacts = {
      ...sizesOf(dimensions),
      name,
      sha256: await keptHash(await weightFiles(folder), cache),
      ...(generation.is_multilingual !== undefined && { multilingual: generation.is_multilingual }),
      alignmentHeads,
      suppressTokens: generation.suppress_tokens ?? config.suppress_tokens ?? [],
      beginSuppressTokens: generation.begin_suppress_tokens ?? config.begin_suppress_tokens ?? [],
    };
    return { dimensions, facts, tokenizer, source };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openFile(path: string, name: string, cache: GraphCache | null): Promise<OpenModel> {
  const { dimensions, vocabulary, source } = await openGgml(path);
  try {
    const tokenizer = vocabularyTokenizer(vocabulary, dimensions.vocabularySize, path);
    const facts = {
      ...sizesOf(dimensions),
      name,
      sha256: await keptHash([path], cache),
      alignmentHeads: upperHeads(dimensions),
      suppressTokens: [],
      beginSuppressTokens: [],
    };
    return { dimensions, facts, tokenizer, source };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function sizesOf({ vocabularySize, bands, audioPositions, width, textPositions }: Dimensions) {
  // openai-whisper's English-only models have 51,864 tokens, all others more.
  return { vocabularySize, bands, audioPositions, width, textPositions, multilingual: vocabularySize !== 51_864 };
}

/** Where nobody says which heads follow the audio, openai-whisper takes those of the upper half of the layers. */
function upperHeads({ decoderLayers, decoderHeads }: Dimensions): (readonly [number, number])[] {
  return Array.from({ length: decoderLayers * decoderHeads }, (_, index) => index)
    .map((index) => [Math.floor(index / decoderHeads), index % decoderHeads] as const)
    .filter(([layer]) => layer >= Math.floor(decoderLayers / 2));
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError('tokenizer', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
