/**
 * Unpacks the corpora beside the repository (../shared/corpora) and writes the manifests that the training pipelines of
 * this repository read: cs-tts train and dev, and recorded Mandarin words and English prompts, so that a model does not
 * forget how to hear one language alone.
 *
 *     npx tsx scripts/training-data.ts [--words 0.1]      → diglot-runs/training-data/{train,dev}.jsonl
 *
 * What stands among the monolingual guards of ../shared/audio, by word or by prompt, is left out: guards are for
 * evaluation only. (They have the same speakers as the word bank and the prompts, and other texts.) zh-syllables has no
 * texts in Han characters, and is not used.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { randomNumbersFor } from '../src/random-numbers.ts';

const { values: options } = parseArgs({
  options: {
    words: { type: 'string', default: '0.1' },
    shared: { type: 'string', default: '../shared' },
    out: { type: 'string', default: 'diglot-runs/training-data' },
  },
});
const shared = resolve(options.shared);
const out = options.out;

interface Line {
  readonly id: string;
  readonly audio: string;
  readonly text?: string;
  readonly language?: string;
  readonly speaker?: string;
  readonly duration?: number;
}

/** Unpacks an archive once; gives the folder, from `out` on. */
function unpacked(archive: string, folder: string): string {
  const place = join(out, 'audio', folder);
  if (!existsSync(place)) {
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xf', join(shared, 'corpora', archive), '-C', place]);
  }
  return join('audio', folder);
}

function csTts(part: 'train' | 'dev'): Line[] {
  const folder = unpacked(`cs-tts/${part}.tar`, `cs-tts-${part}`);
  const lines = readFileSync(join(shared, `corpora/cs-tts/${part}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const { file, text, voice, kind } = JSON.parse(line) as Record<'file' | 'text' | 'voice' | 'kind', string>;
    const language = kind === 'zh' || kind === 'en' ? kind : 'zh-en';
    return { id: file, audio: join(folder, file), text, language, speaker: voice };
  });
}

const guards = new Set(readdirSync(join(shared, 'audio')));

/** A share of the words, chosen by their names. */
function mandarinWords(share: number): Line[] {
  const folder = unpacked('zh-words-hsk/audio.tar', 'zh-words');
  return readdirSync(join(out, folder))
    .filter((file) => /^\p{sc=Han}+\.mp3$/u.test(file) && !guards.has(`zhword_cmn-${file}`))
    .filter((file) => randomNumbersFor(1, file)() < share)
    .sort()
    .map((file) => {
      const text = file.replace(/\.mp3$/, '');
      return { id: `word-${text}`, audio: join(folder, file), text, language: 'zh', speaker: 'zh-words' };
    });
}

/** Prompts that are whole sentences of words: no numbers, no sounds described in brackets, no pieces of sentences. */
function englishPrompts(): Line[] {
  const folder = unpacked('en-prompts/audio.tar', 'en-prompts');
  const text = readFileSync(join(shared, 'corpora/en-prompts/core-sounds-en.txt'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, name, said] = /^([\w/-]+):\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined || said === undefined || /[[\]<>\d]|\.\.\./.test(said)) return [];
    const file = `${name.replaceAll('/', '__')}.flac`;
    if (!existsSync(join(out, folder, file)) || guards.has(`en_asterisk_${name}.wav`)) return [];
    const spoken = said.replace(/\s+/g, ' ');
    return [{ id: `prompt-${name}`, audio: join(folder, file), text: spoken, language: 'en', speaker: 'en-prompts' }];
  });
}

function write(name: string, lines: readonly Line[]): void {
  mkdirSync(out, { recursive: true });
  const path = join(out, `${name}.jsonl`);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  process.stdout.write(`${path}: ${lines.length}\n`);
}

write('train', [...csTts('train'), ...mandarinWords(Number(options.words)), ...englishPrompts()]);
write('dev', csTts('dev'));
