import assert from 'node:assert/strict';
import { oneAhead } from '../../src/tables/one-ahead.ts';

describe('oneAhead', () => {
  let log: string[];

  beforeEach(() => {
    log = [];
  });

  async function* items(count: number, fault?: Error): AsyncGenerator<number> {
    try {
      for (let item = 1; item <= count; item++) {
        log.push(`makes ${item}`);
        yield await Promise.resolve(item);
      }
      if (fault) throw fault;
    } finally {
      log.push('closed');
    }
  }

  it('makes the next item while one is in use', async () => {
    for await (const item of oneAhead(items(2))) {
      await new Promise(setImmediate);
      log.push(`uses ${item}`);
    }
    assert.deepEqual(log, ['makes 1', 'makes 2', 'uses 1', 'closed', 'uses 2']);
  });

  it('tells an error behind the items that came before it', async () => {
    const used: number[] = [];
    const reading = (async () => {
      for await (const item of oneAhead(items(2, new Error('the disk')))) {
        await new Promise(setImmediate);
        used.push(item);
      }
    })();
    await assert.rejects(reading, /the disk/);
    assert.deepEqual(used, [1, 2]);
  });

  it('closes what it reads when nobody wants more, and keeps the error of an item that nobody sees to itself', async () => {
    for await (const item of oneAhead(items(1, new Error('unseen')))) {
      assert.equal(item, 1);
      break;
    }
    assert.equal(log.at(-1), 'closed');
  });
});
