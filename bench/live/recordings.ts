/** What the bench of live sessions hears: recordings with texts, five of Mandarin, six of English, five of both. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface SpokenText {
  readonly path: string;
  readonly text: string;
}

/** Those of ../shared/audio with a text: all that switch language, and of the others some of 3 to 28 s, chosen once. */
const shared = [
  'cs_yesterday_zh_en.wav',
  'cs_tts_melo_zh-en-0.wav',
  'cs_tts_melo_zh-en-1.wav',
  'cs_tts_melo_zh-en-2.wav',
  'cs_tts_melo_zh-en-3.wav',
  'zh_higgs_zh_man_sichuan.wav',
  'zh_higgs_mabaoguo.wav',
  'zh_sensevoice_zh.mp3',
  'zh_funasr_sample.wav',
  'zh_cosyvoice_zero_shot_prompt.wav',
  'en_jfk.flac',
  'en_librispeech_1995-1837-0001.wav',
  'en_librispeech_1221-135766-0001.wav',
  'en_higgs_en_woman.wav',
  'en_higgs_en_man.wav',
  'en_fs2_LJ001-0012.wav',
];

/**
 * The recordings of ../shared, or where that is not there those of fixtures/.
 * @param wanted Parts of names; none takes all.
 */
export function spokenTexts(wanted: readonly string[]): SpokenText[] {
  const manifest = ['../shared/audio/manifest.jsonl', 'fixtures/evaluation.jsonl'].find(existsSync)!;
  const lines = readFileSync(manifest, 'utf8').trim().split('\n');
  const all = lines.flatMap((line) => {
    const { file, path, text } = JSON.parse(line) as { file?: string; path?: string; text?: string };
    if (text === undefined || text === '') return [];
    return [{ path: file === undefined ? join(dirname(manifest), path!) : join('../shared', file), text }];
  });
  const chosen = manifest.startsWith('fixtures')
    ? all
    : shared.map((name) => all.find(({ path }) => basename(path) === name)!);
  return chosen.filter(({ path }) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
}
