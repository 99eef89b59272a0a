/** What a model consists of before its weights are tensors, from a Hugging Face folder or a ggml file. */
import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { dimensionsOf, type Dimensions } from './dimensions.ts';
import { openGgml } from './ggml.ts';
import { parseTokenizer } from './hugging-face-tokenizer.ts';
import { hashFiles, openWeights, readConfig, readGenerationConfig, weightFiles } from './model-files.ts';
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
 * @throws UsageError `model`, `weights` or `tokenizer` naming the file and the mend.
 */
export async function openModel(place: string, name: string): Promise<OpenModel> {
  return (await stat(place)).isDirectory() ? openFolder(place, name) : openFile(place, name);
}

async function openFolder(folder: string, name: string): Promise<OpenModel> {
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
  const tokenizer = parseTokenizer(await readText(tokenizerPath), tokenizerPath);
  const source = await openWeights(folder);
  try {
    const facts: ModelFacts = {
      ...sizesOf(dimensions),
      name,
      sha256: await hashFiles(await weightFiles(folder)),
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

async function openFile(path: string, name: string): Promise<OpenModel> {
  const { dimensions, vocabulary, source } = await openGgml(path);
  try {
    const tokenizer = vocabularyTokenizer(vocabulary, dimensions.vocabularySize, path);
    const facts = {
      ...sizesOf(dimensions),
      name,
      sha256: await hashFiles([path]),
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

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError('tokenizer', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
