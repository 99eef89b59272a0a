import assert from 'node:assert/strict';
import { join, relative, resolve } from 'node:path';
import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import { audioPath } from '../../src/manifests/audio-path.ts';

function codeOf(root: string, written: string, within = root): string {
  try {
    return audioPath(root, within, written);
  } catch (error) {
    assert.ok(error instanceof RecordError);
    return error.code;
  }
}

describe('audioPath', () => {
  it('starts relative paths from the root', () => {
    assert.equal(codeOf('corpus', 'a.wav'), join('corpus', 'a.wav'));
    assert.equal(codeOf('corpus', './x/../a.wav'), join('corpus', 'a.wav'));
    assert.equal(codeOf('.', 'a..b/..c.wav'), join('a..b', '..c.wav'));
  });

  it('takes absolute paths within the folder only', () => {
    assert.equal(codeOf('/data', '/data/x/a.wav'), join('/data', 'x/a.wav'));
    assert.equal(codeOf('/', '/etc/a.wav'), '/etc/a.wav');
    for (const written of ['/etc/passwd', '/database/a.wav', '/data/../etc/a.wav'])
      assert.equal(codeOf('/data', written), 'path-outside');
  });

  it('lets paths leave the root where the folder that holds them is wider', () => {
    assert.equal(codeOf('corpus/lists', '../audio/a.wav', 'corpus'), join('corpus/audio/a.wav'));
    assert.equal(codeOf('corpus/lists', '../../a.wav', 'corpus'), 'path-outside');
    assert.equal(codeOf('corpus', '/data/a.wav', '/'), '/data/a.wav');
  });

  it('refuses what leaves the root, commands, addresses and control characters', () => {
    assert.equal(codeOf('corpus', '../a.wav'), 'path-outside');
    assert.equal(codeOf('corpus', 'x/../../a.wav'), 'path-outside');
    assert.equal(codeOf('corpus', '..'), 'path-outside');
    assert.equal(codeOf('corpus', 'sox a.wav -t wav - |'), 'path-command');
    assert.equal(codeOf('corpus', 'https://example.org/a.wav'), 'path-remote');
    assert.equal(codeOf('corpus', 'file:///etc/passwd'), 'path-remote');
    assert.equal(codeOf('corpus', 'a\0.wav'), 'path-broken');
  });

  it('never gives a path outside of the root', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '/', '//', '\\', 'a', 'a.wav', '...', '~', 'c:'), fc.string());
    fc.assert(
      fc.property(
        fc.constantFrom('.', 'corpus', '/data', '..', 'a/../b'),
        fc.array(part, { maxLength: 8 }),
        (root, parts) => {
          const path = codeOf(root, parts.join('/'));
          if (/^path-/.test(path)) return;
          const inside = relative(resolve(root), resolve(path));
          assert.ok(inside !== '..' && !inside.startsWith('../') && !inside.startsWith('/'), path);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
