import assert from 'node:assert/strict';
import { Command } from 'commander';
import { ownSpelling } from '../../src/cli/spelling.ts';

const command = new Command()
  .option('-l, --language <code>')
  .option('--beam <integer>')
  .option('--out <folder>')
  .option('--initial-prompt <text>')
  .option('--word-timestamps')
  .option('--no-word-timestamps');
const synonyms = new Map([
  ['--beam-size', '--beam'],
  ['--output-dir', '--out'],
  ['-o', '--out'],
]);
const spelt = (line: string) => ownSpelling(line.split(' '), command, synonyms).join(' ');

describe('spelling of flags', () => {
  it('takes underscores for hyphens, in every form', () => {
    assert.equal(spelt('a.wav --initial_prompt hello'), 'a.wav --initial-prompt hello');
    assert.equal(spelt('--initial_prompt=a_b a.wav'), '--initial-prompt=a_b a.wav');
  });

  it("takes openai-whisper's names", () => {
    assert.equal(spelt('a.wav --beam_size 5 --output_dir x -o y'), 'a.wav --beam 5 --out x --out y');
  });

  it('takes True and False behind a flag, and a flag alone', () => {
    assert.equal(spelt('--word_timestamps True a.wav'), '--word-timestamps a.wav');
    assert.equal(spelt('--word_timestamps False a.wav'), '--no-word-timestamps a.wav');
    assert.equal(spelt('--word-timestamps=false a.wav'), '--no-word-timestamps a.wav');
    assert.equal(spelt('--word-timestamps a.wav'), '--word-timestamps a.wav');
    assert.equal(spelt('--no-word-timestamps a.wav'), '--no-word-timestamps a.wav');
  });

  it('leaves values alone, even those that look like flags, and all behind --', () => {
    assert.equal(spelt('--initial-prompt --a_b --beam -1'), '--initial-prompt --a_b --beam -1');
    assert.equal(spelt('-- --word_timestamps True'), '-- --word_timestamps True');
    assert.equal(spelt('-l zh my_file.wav'), '-l zh my_file.wav');
  });

  it('leaves what it does not know for the parser to refuse', () => {
    assert.equal(spelt('--nonsense 1 a.wav'), '--nonsense 1 a.wav');
  });
});
