import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { keptHash } from '../../src/whisper/kept-hash.ts';
import { keptTokenizer } from '../../src/whisper/kept-tokenizer.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { whisperTokenizer, whisperTokenizerFile } from '../support/whisper-tokenizer.ts';

describe('what is remembered of a model', () => {
  const folder = folderPerTest();
  const cache = () => ({ folder: join(folder(), 'kept') });
  const entries = () => readdirSync(cache().folder).filter((name) => !name.startsWith('.'));

  describe('the tokenizer', () => {
    const file = whisperTokenizerFile();
    const json = readFileSync(file);

    it('is the same when it is read, kept and found again', async () => {
      const read = whisperTokenizer();
      const kept = await keptTokenizer(json, file, cache());
      assert.deepEqual(entries().length, 1);
      const found = await keptTokenizer(json, file, cache());
      const text = '今天 is Tuesday, 是吗？ naïve 👋🏽 <|zh|>';
      for (const tokenizer of [kept, found]) {
        for (const [name, value] of Object.entries(read)) {
          if (typeof value !== 'function') assert.deepEqual(tokenizer[name as keyof typeof read], value, name);
        }
        for (let token = 0; token < read.vocabularySize; token++) {
          if (Buffer.compare(tokenizer.bytes(token), read.bytes(token)) !== 0) assert.fail(`bytes of ${token}`);
        }
        for (const written of [text, ' ', '']) assert.deepEqual(tokenizer.encode(written), read.encode(written));
        assert.equal(tokenizer.decode([...read.encode(text), read.endOfText, read.timestampBegin]), text);
        assert.equal(tokenizer.decode(read.encode('牛').slice(0, 1)), read.decode(read.encode('牛').slice(0, 1)));
      }
    });

    it('is read again where what was kept is broken, and another one is not taken for it', async () => {
      await keptTokenizer(json, file, cache());
      const [entry = ''] = entries();
      truncateSync(join(cache().folder, entry, 'bytes.bin'), 10);
      assert.equal((await keptTokenizer(json, file, cache())).decode([50]), whisperTokenizer().decode([50]));
      await assert.rejects(keptTokenizer(Buffer.from('{}'), file, cache()), UsageError);
    });
  });

  describe('the hash of its files', () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    /** A file that was last changed an hour ago, as far as it can be told to be. */
    const write = (name: string, text: string): string => {
      const path = join(folder(), name);
      writeFileSync(path, text);
      utimesSync(path, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
      return path;
    };

    it('is that of the files, whatever was asked before', async () => {
      const path = write('weights', 'one');
      assert.equal(await keptHash([path], cache()), sha256('one'));
      write('weights', 'two');
      assert.equal(await keptHash([path], cache()), sha256('two'));
      const [one, two] = [write('1', 'one'), write('2', 'two')];
      assert.equal(await keptHash([one, two], cache()), sha256(`${sha256('one')}\n${sha256('two')}`));
      assert.equal(await keptHash([one], null), sha256('one'));
    });

    it('is remembered of files that nobody touched for a while', async () => {
      // A program's own binary is no file that was changed just now.
      const path = process.execPath;
      assert.ok(Date.now() - statSync(path).ctimeMs > 10_000, `${basename(path)} was installed this very moment`);
      const first = await keptHash([path], cache());
      const [entry = ''] = entries();
      const place = join(cache().folder, entry, 'sha256');
      assert.equal(readFileSync(place, 'utf8'), first);
      // Nobody but a test writes there: what it wrote comes back, so the file was not read.
      const { mtime } = statSync(place);
      writeFileSync(place, sha256('remembered'));
      utimesSync(place, mtime, mtime);
      assert.equal(await keptHash([path], cache()), sha256('remembered'));
    });
  });
});
