/** What the bench listens to: the fixture recordings, one longer when ../shared is there, and a corpus of short utterances. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeAudio } from '../src/audio/decode.ts';
import { SAMPLE_RATE } from '../src/audio/mel-spectrogram.ts';
import { resample } from '../src/audio/resampler.ts';
import type { Clip } from './peers/recogniser.ts';

const corpora = '../shared/corpora/cs-tts';

/** @param folder Where the samples are written for programs outside. */
export async function singleClips(folder: string): Promise<Clip[]> {
  const known: [string, string, string | null][] = [
    [
      'fixtures/audio/english-jfk.flac',
      'en',
      'And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.',
    ],
    ['fixtures/audio/cs_yesterday_zh_en.wav', 'zh', 'yesterday was 星期一 today is tuesday 明天是星期三'],
    ['../shared/audio/cs_azure_en-us_zh-cn.wav', 'zh', null],
  ];
  const there = known.filter(([path]) => existsSync(path));
  return Promise.all(there.map(([path, language, reference]) => readClip(path, folder, language, reference)));
}

/** The first `count` utterances of cs-tts dev, then train, of 2 to 10 s; empty where ../shared is not there. */
export async function corpusClips(folder: string, count: number): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const part of ['dev', 'train']) {
    if (clips.length >= count || !existsSync(join(corpora, `${part}.jsonl`))) continue;
    const lines = (await readFile(join(corpora, `${part}.jsonl`), 'utf8')).trim().split('\n');
    const wanted = lines
      .map((line) => JSON.parse(line) as { file: string; text: string; duration_s: number })
      .filter(({ duration_s }) => duration_s >= 2 && duration_s <= 10)
      .slice(0, count - clips.length);
    const audio = join(folder, part);
    await mkdir(audio, { recursive: true });
    execFileSync('tar', ['-xf', join(corpora, `${part}.tar`), '-C', audio]);
    for (const { file, text } of wanted) clips.push(await readClip(join(audio, file), folder, 'zh', text));
  }
  return clips;
}

async function readClip(path: string, folder: string, language: string, reference: string | null): Promise<Clip> {
  const { channels, sampleRate } = await decodeAudio(await readFile(path), path);
  const samples = resample(channels[0]!, sampleRate, SAMPLE_RATE);
  const id = path.slice(path.lastIndexOf('/') + 1);
  const file = join(folder, `${id}.f32`);
  await writeFile(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return { id, samples, file, seconds: samples.length / SAMPLE_RATE, language, reference };
}
