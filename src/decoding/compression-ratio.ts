/** How repetitive a text is. */
import { deflateSync } from 'node:zlib';

/** UTF-8 bytes over bytes of their zlib form (openai-whisper whisper/utils.py); 2.4 and more is a loop. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length / deflateSync(bytes).length;
}
