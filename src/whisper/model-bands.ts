/** How many log-mel bands a model hears, without loading its weights. */
import { stat } from 'node:fs/promises';
import { dimensionsOf } from './dimensions.ts';
import { findModel } from './find-model.ts';
import { openGgml } from './ggml.ts';
import type { HubOptions } from './hub.ts';
import { readConfig } from './model-files.ts';

/**
 * 80, or 128 for large-v3 and what was made of it; read from the model's own configuration.
 * @throws UsageError `model` when there is no such model, or its configuration is broken.
 */
export async function modelBands(name: string, options: HubOptions): Promise<number> {
  const place = await findModel(name, options);
  if ((await stat(place)).isDirectory()) return dimensionsOf(await readConfig(place)).bands;
  const { dimensions, source } = await openGgml(place);
  await source.close();
  return dimensions.bands;
}
