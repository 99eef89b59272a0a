/**
 * Share of tokens that the token-language map gives the right language, over real texts, beside the published map.
 *
 *     npx tsx bench/token-language.ts [--errors 20]
 *
 * Reads ../shared/text and the texts of ../shared/corpora/cs-tts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { languageSet } from '../src/language/language-set.ts';
import { publishedTokenLanguages } from '../src/language/published-token-language.ts';
import { tokenLanguages, type TokenLanguages } from '../src/language/token-language.ts';
import { parseTokenizer } from '../src/whisper/hugging-face-tokenizer.ts';
import { tokensWithTruth } from '../test/support/token-truth.ts';

const { values } = parseArgs({ options: { errors: { type: 'string', default: '20' } } });
const file = 'models/whisper-base-int8/tokenizer.json';
const tokenizer = parseTokenizer(readFileSync(file, 'utf8'), file);
const set = languageSet(['zh', 'en']);
const maps = { ours: tokenLanguages(tokenizer, set), published: publishedTokenLanguages(tokenizer, set) };

const sources = readdirSync('../shared/text')
  .filter((name) => /\.(txt|tsv)$/.test(name))
  .sort()
  .map((name) => [name, linesOf(`../shared/text/${name}`).map((line) => line.replace(/^\S+\s+/, ''))] as const);
for (const part of ['train', 'dev']) {
  const texts = linesOf(`../shared/corpora/cs-tts/${part}.jsonl`).map(
    (line) => (JSON.parse(line) as { text: string }).text,
  );
  sources.push([`cs-tts/${part}`, texts]);
}

const faults = new Map<string, number>();
const totals = { tokens: 0, ours: 0, published: 0, english: 0, publishedEnglish: 0 };
console.log('text                               tokens   wrong   right %   published: wrong   right %   of English %');
for (const [name, texts] of sources) {
  const counts = { tokens: 0, ours: 0, published: 0, english: 0, publishedEnglish: 0 };
  for (const text of texts) {
    const tokens = tokensWithTruth(text, tokenizer);
    const ours = classesOf(tokens, maps.ours);
    const published = classesOf(tokens, maps.published);
    tokens.forEach(({ token, truth }, i) => {
      counts.tokens++;
      if (truth === 'en') counts.english++;
      if (truth === 'en' && published[i] === 'en') counts.publishedEnglish++;
      if (published[i] !== truth) counts.published++;
      if (ours[i] === truth) return;
      counts.ours++;
      const fault = `${JSON.stringify(tokenizer.decode([token]))} is ${truth}, taken for ${ours[i]!}`;
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
    });
  }
  for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += counts[key];
  print(name, counts);
}
print('all', totals);
const most = [...faults].sort((a, b) => b[1] - a[1]).slice(0, Number(values.errors));
for (const [fault, count] of most) console.log(String(count).padStart(6), fault);

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function classesOf(tokens: readonly { token: number }[], map: TokenLanguages): string[] {
  let state = map.start;
  return tokens.map(({ token }) => {
    const found = map.set.classes[map.classOf(token, state)]!;
    state = map.next(state, token);
    return found;
  });
}

function print(name: string, { tokens, ours, published, english, publishedEnglish }: typeof totals): void {
  const share = (part: number, whole: number): string => (whole === 0 ? '' : ((100 * part) / whole).toFixed(3));
  console.log(
    name.padEnd(32),
    String(tokens).padStart(8),
    String(ours).padStart(7),
    share(tokens - ours, tokens).padStart(9),
    String(published).padStart(18),
    share(tokens - published, tokens).padStart(9),
    share(publishedEnglish, english).padStart(14),
  );
}
